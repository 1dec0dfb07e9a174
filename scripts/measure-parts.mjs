import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const ADAPTERS = ['tfjs', 'jax', 'ort'];
const BINARIES = ['detloss.wasm', 'detloss.relaxed.wasm', 'losses.wasm'];

/** How bundled files name files beside them that they load: at once, or when they are asked to. */
const STATIC = /(?:from|import) *['"]\.\/(.+?)['"]/g;
const DYNAMIC = /import\(['"]\.\/(.+?)['"]\)/g;

/**
 * What a user downloads: the entry with all that it imports, what each part that is loaded when it is asked for adds
 * to that, and each adapter, and the binaries, which these hold already, for those who load one themselves.
 *
 * @returns {Promise<{ part: string, files: Map<string, string> }[]>} contents in latin1, by name of the file in dist
 */
export async function listParts() {
  const entry = await reachableFrom(DIST, ['index.js'], [STATIC]);
  const parts = [{ part: "import 'detloss'", files: entry }];
  const all = await allReachableFrom(DIST, 'index.js');
  const named = [...all.values()].flatMap((content) => [...content.matchAll(DYNAMIC)]);
  for (const part of new Set(named.map(([, file]) => file))) {
    const files = await reachableFrom(DIST, [part], [STATIC]);
    for (const file of entry.keys()) files.delete(file);
    parts.push({ part: `${part.replace(/-\w+\.js$/, '')}, when asked for`, files });
  }
  for (const adapter of ADAPTERS) {
    const files = await reachableFrom(DIST, [`${adapter}.js`], [STATIC]);
    for (const file of entry.keys()) files.delete(file);
    parts.push({ part: `import 'detloss/${adapter}'`, files });
  }
  for (const part of BINARIES) {
    parts.push({ part, files: await reachableFrom(DIST, [part], []) });
  }
  return parts;
}

/**
 * The bytes of each part.
 *
 * @returns {Promise<{ part: string, kB: number, gzipKB: number }[]>}
 */
export async function measureParts() {
  return (await listParts()).map(measure);
}

/** What can be loaded, at once or later. @param {string} folder @param {string} file */
export const allReachableFrom = (folder, file) => reachableFrom(folder, [file], [STATIC, DYNAMIC]);

/**
 * The contents of files and of all that their imports lead to, by name.
 *
 * @param {string} folder
 * @param {string[]} files
 * @param {RegExp[]} patterns of imports
 */
async function reachableFrom(folder, files, patterns) {
  /** @type {Map<string, string>} */
  const reached = new Map();
  const open = [...files];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    const content = await readFile(join(folder, file), 'latin1');
    reached.set(file, content);
    for (const pattern of patterns) {
      for (const [, next] of content.matchAll(pattern)) open.push(next);
    }
  }
  return reached;
}

/** @param {Awaited<ReturnType<typeof listParts>>[number]} part */
function measure({ part, files }) {
  let [kB, gzipKB] = [0, 0];
  for (const content of files.values()) {
    const bytes = Buffer.from(content, 'latin1');
    kB += bytes.length / 1000;
    gzipKB += gzipSync(bytes, { level: 9 }).length / 1000;
  }
  return { part, kB, gzipKB };
}
