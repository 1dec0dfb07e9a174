/**
 * Writes the shaders of gpu/ as TypeScript modules, without comments: each with the libraries it imports in
 * front of it. `// import lib/math` is an import; `lib/sum` and `lib/lanes` have two
 * variants each, from which the host chooses; `losses/element`, any loss of an element by itself, `lib/row` and `lib/fit`, of
 * upright or rotated boxes, make a pass of its own each.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';

/** Imported by passes, put in by the host. */
const VARIANTS = {
  'lib/sum': ['lib/sum-workgroup', 'lib/sum-subgroups'],
  'lib/lanes': ['lib/lanes-1', 'lib/lanes-4'],
};
/** Imported by a pass that is made once for each of these, by the name of what is made. */
const INSTANCES = {
  'losses/element': byName(
    'mse',
    'l1',
    'huber',
    'hinge',
    'squared-hinge',
    'log-loss',
    'kl-div',
    'bce-with-logits',
    'focal',
    'varifocal',
    'quality-focal',
  ),
  'lib/row': { overlap: 'lib/row-upright', rotatedOverlap: 'lib/row-rotated' },
  'lib/fit': { regress: 'lib/fit-upright', rotatedRegress: 'lib/fit-rotated' },
};
/** Passes of criteria and plain losses. */
const BOTH = ['fold', 'finite'];
const IMPORT = /^\/\/ import (\S+)$/gm;

const files = (await readdir('gpu', { recursive: true }))
  .filter((file) => file.endsWith('.wgsl'))
  .map((file) => file.replace('.wgsl', '').replaceAll('\\', '/'));
/** @type {Map<string, string>} */
const sources = new Map();
for (const file of files.sort()) sources.set(file, await readFile(`gpu/${file}.wgsl`, 'utf8'));

const FOLDER = 'src/backend/webgpu';
const NOTICE = '// Generated from gpu/ by scripts/embed-wgsl.mjs; do not edit.';
const passFiles = [...sources.keys()].filter((file) => sources.get(file)?.includes('@compute'));
const criteria = passFiles.filter((file) => !file.startsWith('losses/'));
const losses = passFiles.filter((file) => file.startsWith('losses/') || BOTH.includes(file));
// What both use is in a module of its own: who loads one of them does not load the other
const shared = new Set([
  ...[...filesOf(criteria)].filter((file) => filesOf(losses).has(file)),
  ...Object.values(VARIANTS).flat(),
]);
await write('shader-parts.ts', [
  ...[...shared].map((file) => `export ${declarationOf(file)}`),
  ...Object.entries(VARIANTS).flatMap(([name, variants]) => [
    `export const ${constantOf(name)} = {`,
    ...variants.map((file) => `  ${file.replace(`${name}-`, '')}: ${constantOf(file)},`),
    '};',
  ]),
]);
await write('shaders.ts', passesOf('passes', './shader-parts.ts', criteria));
await write('plain/shaders.ts', passesOf('lossPasses', '../shader-parts.ts', losses));

/**
 * A module of passes, each in its parts, without the variants that they use. Parts and not their sum, which a bundler
 * would keep where nobody uses it.
 *
 * @param {string} name
 * @param {string} parts module of what is shared
 * @param {string[]} passes
 */
function passesOf(name, parts, passes) {
  const used = [...filesOf(passes)];
  const imported = used.filter((file) => shared.has(file)).map(constantOf);
  return [
    `import { ${imported.join(', ')} } from '${parts}';`,
    ...used.filter((file) => !shared.has(file)).map(declarationOf),
    `export const ${name} = {`,
    ...passes.flatMap(instancesOf).map(([key, files]) => {
      return `  ${key}: [${files.map(constantOf).join(', ')}],`;
    }),
    '};',
  ];
}

/** All that passes consist of. @param {string[]} passes */
function filesOf(passes) {
  return new Set(passes.flatMap((pass) => instancesOf(pass).flatMap(([, parts]) => parts)));
}

/** @param {string} file */
function declarationOf(file) {
  return `const ${constantOf(file)} =\n  ${JSON.stringify(minify(sources.get(file) ?? ''))};`;
}

/**
 * @param {string} module
 * @param {string[]} lines
 */
async function write(module, lines) {
  await writeFile(`${FOLDER}/${module}`, `${[NOTICE, ...lines].join('\n')}\n`);
}

/**
 * The passes of a file: one, or one for each file that takes the place of an import.
 *
 * @param {string} file
 * @returns {[name: string, parts: string[]][]}
 */
function instancesOf(file) {
  const instances = Object.entries(INSTANCES).find(([path]) =>
    sources.get(file)?.includes(`// import ${path}\n`),
  );
  if (!instances) {
    return [[constantOf(file.replace('losses/', '')), withImports(file, new Set())]];
  }
  return Object.entries(instances[1]).map(([name, instance]) => {
    const seen = new Set();
    const parts = [...withImports(instance, seen), ...withImports(file, seen)];
    return [name, parts];
  });
}

/** @param {string[]} names of losses */
function byName(...names) {
  return Object.fromEntries(names.map((name) => [constantOf(name), `losses/${name}`]));
}

/**
 * The files that a shader consists of, what it imports first, each once.
 *
 * @param {string} file
 * @param {Set<string>} seen
 * @returns {string[]}
 */
function withImports(file, seen) {
  if (seen.has(file) || file in VARIANTS || file in INSTANCES) return [];
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
  return file.replace('lib/', '').replace(/[-/]([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
