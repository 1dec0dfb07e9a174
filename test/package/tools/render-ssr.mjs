/**
 * Builds a SvelteKit project and has its server render the page, in this very process. Writes what a browser needs, and
 * prints, as JSON, the stacks by which `navigator` was read on the server:
 *
 *   node render-ssr.mjs <project> <folder to write>
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv, chdir, env } from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

const [, , project, out] = argv;
chdir(project);
// Not that of the tests, for which it would be built with warnings
env.NODE_ENV = 'production';
await build({ logLevel: 'error' });
const output = join(project, '.svelte-kit/output');

/** @type {string[]} */
const reads = [];
Object.defineProperty(globalThis, 'navigator', {
  get: () => void reads.push(`${new Error('read').stack}`),
});
const load = (/** @type {string} */ file) =>
  import(pathToFileURL(join(output, 'server', file)).href);
const { Server } = await load('index.js');
const { manifest } = await load('manifest.js');
const server = new Server(manifest);
await server.init({
  env: {},
  read: (/** @type {string} */ file) => readFile(join(output, 'client', file)),
});
const answer = await server.respond(new Request('http://localhost/'), {
  getClientAddress: () => '127.0.0.1',
});
await rm(out, { recursive: true, force: true });
await cp(join(output, 'client'), out, { recursive: true });
await writeFile(join(out, 'index.html'), await answer.text());
console.log(JSON.stringify({ status: answer.status, reads }));
