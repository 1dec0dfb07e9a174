/**
 * Compiles the kernels of assembly/, and writes the TypeScript that calls them: both follow from one class per kernel.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';
import { enumsOf, readKinds } from './read-kinds.mjs';
import { LayoutReader } from './read-layout.mjs';
import { typescriptOf } from './write-typescript.mjs';

/**
 * Programs, each with the binary whose constants are read and its builds: targets of asconfig.json and their entries. The
 * first build has all kernels of its program, and those of others have the same layouts there.
 */
const PROGRAMS = {
  criteria: {
    binary: 'dist/detloss.wasm',
    builds: {
      release: 'assembly/index.ts',
      relaxed: 'assembly/index.ts',
      detection: 'assembly/detection.ts',
      detectionRelaxed: 'assembly/detection.ts',
    },
  },
  losses: { binary: 'dist/losses.wasm', builds: { losses: 'assembly/losses/index.ts' } },
  pixels: { binary: 'dist/pixels.wasm', builds: { pixels: 'assembly/pixels/index.ts' } },
};

const kinds = await readKinds();
await mkdir('assembly/generated', { recursive: true });
await writeFile('assembly/generated/kinds.ts', enumsOf(kinds));
for (const [program, { binary, builds }] of Object.entries(PROGRAMS)) {
  const readers = [];
  for (const [target, entry] of Object.entries(builds)) readers.push(await compile(entry, target));
  const constants = await readConstants(binary);
  const source = typescriptOf(readers[0], constants, kinds);
  await writeFile(`src/backend/programs/${program}/kernels.ts`, source);
}

/** @param {string} entry @param {string} target of asconfig.json */
async function compile(entry, target) {
  const reader = new LayoutReader();
  const { error, stderr } = await asc.main([entry, '--target', target], { transforms: [reader] });
  if (error) throw new Error(`${entry} does not compile: ${stderr}`, { cause: error });
  process.stderr.write(`${stderr}`);
  return reader;
}

/**
 * Integers that a binary exports, such as the bytes of a kernel's scratch memory.
 *
 * @param {string} binary
 */
async function readConstants(binary) {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 });
  const { instance } = await WebAssembly.instantiate(await readFile(binary), { env: { memory } });
  const globals = Object.entries(instance.exports).filter(
    ([, value]) => value instanceof WebAssembly.Global,
  );
  return Object.fromEntries(
    globals.map(([name, value]) => [name, /** @type {WebAssembly.Global} */ (value).value]),
  );
}
