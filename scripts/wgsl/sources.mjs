import { readdir, readFile } from 'node:fs/promises';
import { readKinds } from '../kernels/read-kinds.mjs';

/** Imports that the host fills in when it compiles a pass, and the files it chooses from. */
export const VARIANTS = {
  'lib/sum': ['lib/sum-workgroup', 'lib/sum-subgroups'],
  'lib/lanes': ['lib/lanes-1', 'lib/lanes-4'],
};
const IMPORT = /^\/\/ import (\S+)$/gm;

/** Lists of src/kinds.ts that shaders number, by the library of their numbers. */
const KINDS = { 'lib/iou-kinds': 'IouKind', 'lib/class-target-kinds': 'ClassTargetKind' };

/** Source of every shader and library, by its path in gpu/ without extension. */
export async function readSources() {
  const files = (await readdir('gpu', { recursive: true }))
    .filter((file) => file.endsWith('.wgsl'))
    .map((file) => file.replace('.wgsl', '').replaceAll('\\', '/'));
  /** @type {Map<string, string>} */
  const sources = new Map();
  for (const file of files.sort()) sources.set(file, await readFile(`gpu/${file}.wgsl`, 'utf8'));
  const kinds = await readKinds();
  for (const [library, name] of Object.entries(KINDS)) {
    const names = kinds.get(name)?.names ?? [];
    const numbers = names.map((kind, i) => `const ${kind.toUpperCase()}: u32 = ${i}u;\n`);
    sources.set(library, numbers.join(''));
  }
  return sources;
}

/**
 * Files that a pass consists of, imported ones first, each once.
 *
 * @param {Map<string, string>} sources
 * @param {import('./passes.mjs').Pass} pass
 */
export function filesOf(sources, { file, imports = {} }) {
  /** @type {Set<string>} */
  const files = new Set();
  const own = Object.values(imports);
  for (const path of [...own, file]) addFile(path);
  return [...files];

  /** @param {string} path */
  function addFile(path) {
    if (files.has(path) || path in VARIANTS || path in imports) return;
    const source = sources.get(path);
    if (source === undefined) throw new Error(`there is no gpu/${path}.wgsl`);
    for (const [, imported] of source.matchAll(IMPORT)) addFile(imported);
    files.add(path);
  }
}

/**
 * A source without comments and without spaces that no token needs: one line per declaration, for messages of the compiler.
 *
 * @param {string} source
 */
export function minify(source) {
  const lines = source
    .replace(/ *\/\/.*$/gm, '')
    .replace(/\n+(?=[ )}])/g, ' ')
    .replace(/\s*\n\s*/g, '\n')
    .replace(/ +/g, ' ');
  // Operators that another operator follows keep their spaces: together they might be a third one
  return `${lines.replace(/ ?([{}(),;:]|[-+*/%&|^=!<>]+(?= [\w(])) ?/g, '$1').trim()}\n`;
}

/** Name in TypeScript of a file: 'losses/box-iou' → 'boxIou'. @param {string} file */
export function nameOf(file) {
  return camelCase(file.replace(/^(lib|losses(\/elements)?|pixels)\//, ''));
}

/** @param {string} name in kebab-case or snake_case */
export function camelCase(name) {
  return name.replace(/[-_]([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
