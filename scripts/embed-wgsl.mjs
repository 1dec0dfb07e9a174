/**
 * Writes the shaders of gpu/ as a TypeScript module, without comments: each with the libraries it imports in
 * front of it. `// import lib/math` is an import; `lib/sum` and `lib/lanes` have two
 * variants each, from which the host chooses.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';

/** Imported by passes, put in by the host. */
const VARIANTS = {
  'lib/sum': ['lib/sum-workgroup', 'lib/sum-subgroups'],
  'lib/lanes': ['lib/lanes-1', 'lib/lanes-4'],
};
const IMPORT = /^\/\/ import (\S+)$/gm;

const files = (await readdir('gpu', { recursive: true }))
  .filter((file) => file.endsWith('.wgsl'))
  .map((file) => file.replace('.wgsl', '').replaceAll('\\', '/'));
/** @type {Map<string, string>} */
const sources = new Map();
for (const file of files.sort()) sources.set(file, await readFile(`gpu/${file}.wgsl`, 'utf8'));

const lines = ['// Generated from gpu/ by scripts/embed-wgsl.mjs; do not edit.'];
for (const [file, source] of sources) {
  lines.push(`const ${constantOf(file)} =\n  ${JSON.stringify(minify(source))};`);
}
// Parts and not their sum, which a bundler would keep where nobody uses it
lines.push(
  '/** Each in its parts, without the variants that they use. */',
  'export const passes = {',
);
for (const file of files.filter((name) => !name.startsWith('lib/'))) {
  const parts = withImports(file, new Set()).map(constantOf);
  lines.push(`  ${constantOf(file)}: [${parts.join(', ')}],`);
}
lines.push('};');
for (const [name, variants] of Object.entries(VARIANTS)) {
  lines.push(`export const ${constantOf(name)} = {`);
  for (const variant of variants) {
    lines.push(`  ${variant.replace(`${name}-`, '')}: ${constantOf(variant)},`);
  }
  lines.push('};');
}
await writeFile('src/backend/webgpu/shaders.ts', `${lines.join('\n')}\n`);

/**
 * The files that a shader consists of, what it imports first, each once.
 *
 * @param {string} file
 * @param {Set<string>} seen
 * @returns {string[]}
 */
function withImports(file, seen) {
  if (seen.has(file) || file in VARIANTS) return [];
  seen.add(file);
  const source = sources.get(file);
  if (source === undefined) throw new Error(`there is no gpu/${file}.wgsl`);
  const imported = [...source.matchAll(IMPORT)].flatMap(([, path]) => withImports(path, seen));
  return [...imported, file];
}

/** @param {string} source */
function minify(source) {
  const bare = source.replace(/\/\/.*$/gm, '').replace(/^\s+|\s+$/gm, '');
  return `${bare.replace(/\n+/g, '\n').trim()}\n`;
}

/** @param {string} file 'lib/sum-workgroup' → 'sumWorkgroup' */
function constantOf(file) {
  return file.replace('lib/', '').replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
