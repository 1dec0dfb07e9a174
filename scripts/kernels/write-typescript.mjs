/** @typedef {import('./read-layout.mjs').Layout} Layout */
/** @typedef {Pick<import('./read-layout.mjs').LayoutReader, 'layouts' | 'kernels'>} Program */
/** @typedef {Awaited<ReturnType<typeof import('./read-kinds.mjs').readKinds>>} Kinds */

/** Typed arrays that hold a field, and log2 of the bytes of their elements. */
const VIEWS = {
  i32: { view: 'i32', shift: 2 },
  u32: { view: 'i32', shift: 2 },
  usize: { view: 'i32', shift: 2 },
  bool: { view: 'u8', shift: 0 },
  f32: { view: 'f32', shift: 2 },
  f64: { view: 'f64', shift: 3 },
};

/**
 * TypeScript side of a program: types and writers of its kernels' parameters and of its records, the table of its
 * kernels, and its constants.
 *
 * @param {Program} program
 * @param {Record<string, number>} constants
 * @param {Kinds} kinds
 */
export function typescriptOf({ layouts, kernels }, constants, kinds) {
  const classes = new Map(layouts.map((layout) => [layout.name, layout]));
  const parameterClasses = new Set(kernels.map(({ parameters }) => parameters));
  const records = layouts.filter(({ name }) => !parameterClasses.has(name));
  const layoutTypes = ['KernelTable', 'Layout', ...(records.length > 0 ? ['RecordLayout'] : [])];
  const used = [...kinds].filter(([name]) =>
    layouts.some(({ fields }) => fields.some(({ type }) => type === name)),
  );
  const lists = used.map(([, { list }]) => list).sort();
  return [
    '// Generated from assembly/ by scripts/kernels/; do not edit.',
    ...(lists.length > 0 ? [`import { ${lists.join(', ')} } from '../../../kinds.ts';`] : []),
    `import type { ${layoutTypes.join(', ')} } from '../../runtime/layout.ts';`,
    '',
    ...layouts.map((layout) => interfaceOf(layout, kinds)),
    '/** Parameters of each kernel, by its name. */',
    'export interface Kernels {',
    ...kernels.map(({ name, parameters }) => `  ${name}: ${parameters};`),
    '}',
    '',
    ...[...parameterClasses].map((name) => {
      const layout = /** @type {Layout} */ (classes.get(name));
      const value = `{ bytes: ${layout.bytes}, ${writerOf(layout, kinds)} }`;
      return `const ${variableOf(name)}: Layout<${name}> = ${value};`;
    }),
    '',
    '/** Memory layouts of the parameters of each kernel. */',
    'export const KERNELS: KernelTable<Kernels> = {',
    ...kernels.map(({ name, parameters }) => `  ${name}: ${variableOf(parameters)},`),
    '};',
    '',
    ...records.map((record) => recordOf(record, kinds)),
    ...Object.entries(constants).map(([name, value]) => `export const ${name} = ${value};`),
    '',
  ].join('\n');
}

/** @param {string} name 'DecodeParams' → 'decodeParams' */
function variableOf(name) {
  return name[0].toLowerCase() + name.slice(1);
}

/** @param {Layout} layout @param {Kinds} kinds */
function interfaceOf({ name, doc, fields }, kinds) {
  const lines = fields.flatMap((field) => [
    ...(field.doc ? [`  ${field.doc}`] : []),
    `  ${field.name}: ${typeOf(field, kinds)};`,
  ]);
  return `${doc}\nexport interface ${name} {\n${lines.join('\n')}\n}\n`;
}

/** @param {import('./read-layout.mjs').Field} field @param {Kinds} kinds */
function typeOf({ type }, kinds) {
  const kind = kinds.get(type);
  if (kind) return `(typeof ${kind.list})[number]`;
  return type === 'bool' ? 'boolean' : 'number';
}

/** @param {Layout} layout @param {Kinds} kinds */
function writerOf({ fields }, kinds) {
  const lines = fields.map(({ name, type, offset }) => {
    const kind = kinds.get(type);
    const { view, shift } = VIEWS[kind ? 'i32' : /** @type {keyof typeof VIEWS} */ (type)];
    const start = offset > 0 ? `at + ${offset}` : 'at';
    const at = shift > 0 ? `(${start}) >>> ${shift}` : start;
    const value = kind
      ? `${kind.list}.indexOf(p.${name})`
      : type === 'bool'
        ? `+p.${name}`
        : `p.${name}`;
    return `m.${view}[${at}] = ${value};`;
  });
  return `write(m, at, p) { ${lines.join(' ')} }`;
}

/** @param {Layout} layout @param {Kinds} kinds */
function recordOf(layout, kinds) {
  const { name, bytes, fields } = layout;
  const constant = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  const indices = fields.map(({ name: field, type, offset }) => {
    const { shift } = VIEWS[/** @type {keyof typeof VIEWS} */ (type)];
    return `${field}: ${offset >> shift}`;
  });
  return [
    `/** Memory layout of a \`${name}\`. */`,
    `export const ${constant} = {`,
    `  bytes: ${bytes},`,
    '  /** Index of each field in a typed array of its type. */',
    `  index: { ${indices.join(', ')} },`,
    `  ${writerOf(layout, kinds)},`,
    `} satisfies RecordLayout<${name}> as RecordLayout<${name}>;`,
    '',
  ].join('\n');
}
