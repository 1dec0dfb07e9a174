/**
 * Prints, as JSON, which of the host's globals a module, and the files that it imports, read while they are
 * evaluated in a world of bare ECMAScript, where each is undefined.
 *
 *   node --experimental-vm-modules print-touched.mjs <file>
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { createContext, runInContext, SourceTextModule } from 'node:vm';

const OF_BROWSERS = ['Deno', 'Worker', 'document', 'location', 'navigator', 'self', 'window'];

const context = createContext();
const bare = runInContext('globalThis', context);
const host = new Set([...Object.getOwnPropertyNames(globalThis), ...OF_BROWSERS]);
const standard = new Set(Object.getOwnPropertyNames(bare));
// Part of V8, not of ECMAScript: to compile at import would make every page pay
standard.delete('WebAssembly');

/** @type {Set<string>} */
const touched = new Set();
for (const name of [...host].filter((global) => !standard.has(global))) {
  Object.defineProperty(bare, name, { get: () => void touched.add(name) });
}

/** @type {Map<string, Promise<SourceTextModule>>} */
const modules = new Map();

/** @param {string} file */
function load(file) {
  const loaded = modules.get(file) ?? parse(file);
  modules.set(file, loaded);
  return loaded;
}

/** @param {string} file */
async function parse(file) {
  return new SourceTextModule(await readFile(file, 'utf8'), { context, identifier: file });
}

const entry = await load(argv[2]);
await entry.link((specifier, { identifier }) => load(join(dirname(identifier), specifier)));
await entry.evaluate();
console.log(JSON.stringify([...touched]));
