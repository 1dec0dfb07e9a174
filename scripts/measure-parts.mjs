import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const ADAPTERS = ['tfjs', 'jax', 'ort'];
const BINARIES = ['detloss.wasm', 'detloss.relaxed.wasm', 'losses.wasm', 'pixels.wasm'];

/** Parts that hold a build of detection's kernels: an engine loads one of them. */
const BUILDS = /^detection-(baseline|relaxed)-binary,/;

/** Name of the sum that counts for a page. */
export const DETECTION = 'detection on WASM, all that a page fetches';

/** Patterns of the imports in built files: of files that are loaded at once, and of parts that are loaded later. */
const STATIC = /(?:from|import) *['"]\.\/(.+?)['"]/g;
const DYNAMIC = /import\(['"]\.\/(.+?)['"]\)/g;

/**
 * Lists what a user downloads: the entry with all that it imports, the files that each part adds to it when it is asked
 * for, each adapter, and the binaries as files, for users who load one themselves. The first is the sum for detection on WASM:
 * the entry and the larger build.
 *
 * @returns {Promise<{ part: string, files: Map<string, string> }[]>} contents in latin1, by name of the file in dist
 */
export async function listParts() {
  const entry = await reachableFrom(DIST, ['index.js'], [STATIC]);
  const parts = [{ part: "import 'detloss'", files: entry }];
  /** @type {Map<string, string>} */
  let build = new Map();
  const all = await allReachableFrom(DIST, 'index.js');
  const named = [...all.values()].flatMap((content) => [...content.matchAll(DYNAMIC)]);
  for (const part of new Set(named.map(([, file]) => file))) {
    const files = await reachableFrom(DIST, [part], [STATIC]);
    for (const file of entry.keys()) files.delete(file);
    const name = `${part.replace(/-\w+\.js$/, '')}, when asked for`;
    parts.push({ part: name, files });
    if (BUILDS.test(name) && lengthOf(files) > lengthOf(build)) build = files;
  }
  parts.unshift({ part: DETECTION, files: new Map([...entry, ...build]) });
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
 * Measures each part.
 *
 * @returns {Promise<{ part: string, kB: number, gzipKB: number }[]>}
 */
export async function measureParts() {
  return (await listParts()).map(measure);
}

/** Reads every file that can be loaded, at once or later. @param {string} folder @param {string} file */
export const allReachableFrom = (folder, file) => reachableFrom(folder, [file], [STATIC, DYNAMIC]);

/**
 * Reads files and all that their imports lead to.
 *
 * @param {string} folder
 * @param {string[]} files
 * @param {RegExp[]} patterns of the imports to follow
 * @returns contents in latin1, by name
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

/** @param {Map<string, string>} files */
function lengthOf(files) {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
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
