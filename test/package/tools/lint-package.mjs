/**
 * Prints the findings of publint and Are The Types Wrong for a packed package as JSON:
 *
 *   node lint-package.mjs <tarball>
 */
import { readFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';

/** Entries that are not imported, but used by URL: binaries and a script. */
const FILES = [
  './detloss.wasm',
  './detloss.relaxed.wasm',
  './losses.wasm',
  './pixels.wasm',
  './worker.js',
];
/** Resolutions that attw's profile for ES modules skips: those before `exports`, and `require`. */
const NOT_ESM = ['node10', 'node16-cjs'];

const tarball = await readFile(argv[2]);
const { buffer, byteOffset, byteLength } = tarball;
const bytes = buffer.slice(byteOffset, byteOffset + byteLength);

const linted = await publint({ pack: { tarball: bytes }, level: 'suggestion', strict: true });
const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)), {
  excludeEntrypoints: FILES,
});
const problems = checked.types ? checked.problems : [{ kind: 'there are no types' }];
const wrong = problems.filter(
  (it) => !('resolutionKind' in it && NOT_ESM.includes(it.resolutionKind)),
);
console.log(JSON.stringify({ publint: linted.messages, attw: wrong }));
