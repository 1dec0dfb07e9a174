import { camelCase, minify, nameOf } from './sources.mjs';

/**
 * @typedef {import('./reflect.mjs').Struct} Struct
 * @typedef {import('./reflect.mjs').Interface} Interface
 */

/** Name of the constant that holds a file's text. @param {string} file */
export const codeName = (file) => `${nameOf(file)}Code`;

/** Name of the constant that writes a struct. @param {string} name */
export const structName = (name) => `${name[0].toLowerCase() + name.slice(1)}Struct`;

/**
 * @param {string} file
 * @param {string} source
 */
export function emitCode(file, source) {
  return `export const ${codeName(file)} =\n  ${JSON.stringify(minify(source))};`;
}

/**
 * The interface of a struct, and what writes it; where it holds vectors, which the host only reads, their places.
 *
 * @param {Struct} struct
 * @param {string} source of the file that declares it
 */
export function emitStruct({ name, words, fields }, source) {
  const constant = structName(name);
  if (fields.some(({ type }) => type === 'vector')) {
    const places = fields.map((field) => `${field.name}: ${field.word}`).join(', ');
    return [`export const ${constant} = { bytes: ${4 * words}, ${places} };`];
  }
  const comments = commentsOf(name, source);
  let end = 0;
  const layout = fields.flatMap((field) => {
    const gap = field.word - end;
    end = field.word + (typeof field.type === 'string' ? 1 : field.type.words);
    return [...(gap ? [gap] : []), field.type === 'f32' ? `~${field.name}` : field.name];
  });
  const nested = fields.flatMap((field) =>
    typeof field.type === 'string' ? [] : [`${field.name}: ${structName(field.type.name)}`],
  );
  const more = nested.length > 0 ? `, { ${nested.join(', ')} }` : '';
  return [
    ...commentLines('', comments.get(name)),
    `export interface ${name} {`,
    ...fields.flatMap((field) => [
      ...commentLines('  ', comments.get(field.name)),
      `  ${field.name}: ${typeof field.type === 'string' ? 'number' : field.type.name};`,
    ]),
    '}',
    `export const ${constant} = /* @__PURE__ */ new Struct<${name}>(${words}, '${layout.join(' ')}'${more});`,
  ];
}

/**
 * Types of a pass: its uniforms, and its bindings by name. It may write bindings that are not read-only.
 *
 * @param {string} pass
 * @param {Interface} interface_
 */
export function emitTypes(pass, { uniforms, bindings }) {
  const named = bindings.map(({ name, isReadOnly }) => {
    return `${isReadOnly ? 'readonly ' : ''}${name}: Binding`;
  });
  return `  ${pass}: { uniforms: ${uniforms.name}; bindings: { ${named.join('; ')} } };`;
}

/**
 * @param {string} name
 * @param {import('./passes.mjs').Pass} pass
 * @param {string[]} files
 * @param {Interface} interface_
 */
export function emitPass(name, { workgroup, constants, inFours }, files, { uniforms, bindings }) {
  const fields = [
    `code: [${files.map(codeName).join(', ')}]`,
    `workgroup: ${workgroup}`,
    `uniforms: ${structName(uniforms.name)}`,
    `bindings: '${bindings.map((binding) => binding.name).join(' ')}'`,
    ...(constants ? [`constants: ${JSON.stringify(constants)}`] : []),
    ...(inFours ? ['inFours: true'] : []),
  ];
  return `  ${name}: { ${fields.join(', ')} },`;
}

/**
 * Comments of a struct, by its own name and by those of its fields.
 *
 * @param {string} struct
 * @param {string} source
 */
function commentsOf(struct, source) {
  const text = source.match(new RegExp(`((?:^/// .*\n)*)^struct ${struct} \\{([^}]*)\\}`, 'm'));
  const [, own = '', body = ''] = text ?? [];
  const fields = body.matchAll(/((?:^ *\/\/\/ .*\n)+) *(?:@\S+ )?(\w+):/gm);
  return new Map([[struct, own], ...[...fields].map(([, lines, name]) => pairOf(lines, name))]);
}

/** @param {string} lines @param {string} name @returns {[string, string]} */
function pairOf(lines, name) {
  return [camelCase(name), lines];
}

/** @param {string} indent @param {string | undefined} comment */
function commentLines(indent, comment) {
  const text = comment?.replace(/^ *\/\/\/ /gm, '').trim();
  return text ? [`${indent}/** ${text.replaceAll('\n', ' ')} */`] : [];
}
