/**
 * Prints, as JSON, which of the host's globals a module reads while it is evaluated in a world of
 * bare ECMAScript, where each is undefined. A module that imports anything is an error.
 *
 *   node --experimental-vm-modules print-touched.mjs <file>
 */
import { readFile } from 'node:fs/promises';
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

const module = new SourceTextModule(await readFile(argv[2], 'utf8'), { context });
await module.link((specifier) => {
  throw new Error(`${argv[2]} imports ${specifier}`);
});
await module.evaluate();
console.log(JSON.stringify([...touched]));
