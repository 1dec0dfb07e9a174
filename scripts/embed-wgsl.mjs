/**
 * Writes the shaders of gpu/ as TypeScript modules: their text without comments, their passes with the files that each
 * imports, the structs and bindings that the host hands over, and their constants. `// import lib/math` is an import;
 * scripts/wgsl/passes.mjs lists the passes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { codeName, emitCode, emitPass, emitStruct, emitTypes } from './wgsl/emit.mjs';
import { CRITERIA, lossPasses, PIXELS, SHARED, stagePasses } from './wgsl/passes.mjs';
import { constantsOf, interfaceOf } from './wgsl/reflect.mjs';
import { filesOf, nameOf, readSources, VARIANTS } from './wgsl/sources.mjs';

/** @typedef {Record<string, import('./wgsl/passes.mjs').Pass>} Passes */

const FOLDER = 'src/backend/webgpu/generated';
const NOTICE = '// Generated from gpu/ by scripts/embed-wgsl.mjs; do not edit.';

const sources = await readSources();
const LOSSES = lossPasses(sources, nameOf);
const variants = Object.values(VARIANTS).flat();
const programs = [CRITERIA, LOSSES, PIXELS].map((passes) => allFiles({ ...SHARED, ...passes }));
/** Files that several programs use, in a module of their own, so that no program loads another. */
const shared = [
  ...variants,
  ...new Set(
    programs.flatMap((own, i) =>
      [...own].filter((file) => programs.some((other, j) => j !== i && other.has(file))),
    ),
  ),
];
const structs = collectStructs();

await mkdir(FOLDER, { recursive: true });
const sharedNames = await write(
  'shared',
  'SharedPasses',
  SHARED,
  shared,
  [],
  [
    ...Object.entries(VARIANTS).flatMap(([name, files]) => [
      `export const ${codeName(name)} = {`,
      ...files.map((file) => `  ${file.replace(`${name}-`, '')}: ${codeName(file)},`),
      '};',
    ]),
  ],
);
const own = (/** @type {Passes} */ passes) =>
  [...allFiles(passes)].filter((file) => !shared.includes(file));
await write('criteria', 'CriteriaPasses', CRITERIA, own(CRITERIA), sharedNames, stageLines());
await write('losses', 'LossPasses', LOSSES, own(LOSSES), sharedNames, []);
await write('pixels', 'PixelPasses', PIXELS, own(PIXELS), sharedNames, []);

/**
 * Writes a module of passes, each in its parts, without the variants that they use. The parts are not concatenated,
 * because a bundler would keep the result even if it is unused.
 *
 * @param {string} module
 * @param {string} types name of the passes' types
 * @param {Passes} passes
 * @param {string[]} files files that are embedded in it
 * @param {string[]} imports names that it may import from the shared module
 * @param {string[]} more additional lines
 * @returns names of its exports
 */
async function write(module, types, passes, files, imports, more) {
  const inherits = imports.length > 0;
  const body = [
    ...files.filter((file) => !variants.includes(file)).flatMap(constantLines),
    ...[...structs.values()].flatMap(({ file, lines }) => (files.includes(file) ? lines : [])),
    `export interface ${types} ${inherits ? 'extends SharedPasses ' : ''}{`,
    ...Object.entries(passes).map(([name, pass]) => emitTypes(name, interfaceOfPass(pass))),
    '}',
    `export const ${inherits ? 'passes' : 'sharedPasses'}: PassTable<${types}> = {`,
    ...(inherits ? ['  ...sharedPasses,'] : []),
    ...Object.entries(passes).map(([name, pass]) => {
      return emitPass(name, pass, filesOf(sources, pass), interfaceOfPass(pass));
    }),
    '};',
    ...more,
  ];
  const isUsed = (/** @type {string} */ name) => new RegExp(`\\b${name}\\b`).test(body.join('\n'));
  const used = imports.filter((name) => isUsed(name.replace('type ', '')));
  const head = [
    NOTICE,
    "import type { Binding, PassTable } from '../pass.ts';",
    "import { Struct } from '../struct.ts';",
    ...(used.length > 0 ? [`import { ${used.join(', ')} } from './shared.ts';`] : []),
    ...files.map((file) => emitCode(file, sources.get(file) ?? '')),
  ];
  const text = `${[...head, ...body].join('\n')}\n`;
  await writeFile(`${FOLDER}/${module}.ts`, text);
  const exported = text.matchAll(/^export (const|interface) (\w+)/gm);
  return [...exported].map(([, kind, name]) => (kind === 'const' ? name : `type ${name}`));
}

/** Structs that cross between host and shaders, by name. */
function collectStructs() {
  /** @type {Map<string, { file: string, lines: string[] }>} */
  const all = new Map();
  for (const pass of Object.values({ ...SHARED, ...CRITERIA, ...LOSSES, ...PIXELS })) {
    const files = filesOf(sources, pass);
    const { uniforms, bindings } = interfaceOfPass(pass);
    const held = [uniforms, ...bindings.flatMap(({ struct }) => struct ?? [])];
    for (const struct of held.flatMap(withNested)) {
      const declares = new RegExp(`^struct ${struct.name} `, 'm');
      const file = files.find((path) => declares.test(sources.get(path) ?? '')) ?? '';
      const known = all.get(struct.name);
      if (known && known.file !== file) throw new Error(`there are two structs ${struct.name}`);
      all.set(struct.name, { file, lines: emitStruct(struct, sources.get(file) ?? '') });
    }
  }
  return all;
}

/** @param {import('./wgsl/reflect.mjs').Struct} struct @returns {import('./wgsl/reflect.mjs').Struct[]} */
function withNested(struct) {
  const nested = struct.fields.flatMap(({ type }) =>
    typeof type === 'string' ? [] : withNested(type),
  );
  return [...nested, struct];
}

/** @param {import('./wgsl/passes.mjs').Pass} pass */
function interfaceOfPass(pass) {
  // All variants declare the same, so the first one stands for all
  const files = [...Object.values(VARIANTS).map(([first]) => first), ...filesOf(sources, pass)];
  return interfaceOf(files.map((file) => sources.get(file)).join('\n'));
}

/** All files that passes consist of. @param {Passes} passes */
function allFiles(passes) {
  return new Set(Object.values(passes).flatMap((pass) => filesOf(sources, pass)));
}

/** @param {string} file */
function constantLines(file) {
  const constants = constantsOf(sources.get(file) ?? '');
  return constants.map(([name, value]) => `export const ${name} = ${value};`);
}

/** Passes by the stages that run them. */
function stageLines() {
  const sets = Object.entries(stagePasses({ ...SHARED, ...CRITERIA }));
  return [
    'export const stagePasses = {',
    ...sets.map(([stage, names]) => `  ${stage}: [${names.map((n) => `'${n}'`).join(', ')}],`),
    '} as const satisfies Record<string, readonly (keyof CriteriaPasses)[]>;',
  ];
}
