/** Declarations of shaders, as TypeScript needs them. */
// The package's own entry for Node cannot be loaded: it is CommonJS in a package of modules
import { Const, LiteralExpr, WgslParser, WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';
import { camelCase } from './sources.mjs';

/** Type of fields that hold the bits of an f32, which the host writes as a number. */
const FLOAT_BITS = 'FloatBits';
const WORD = 4;

/**
 * @typedef {object} Field
 * @property {string} name in camel case
 * @property {number} word offset in the struct
 * @property {'f32' | 'u32' | 'vector' | Struct} type
 *
 * @typedef {object} Struct
 * @property {string} name
 * @property {number} words
 * @property {Field[]} fields
 *
 * @typedef {object} Binding
 * @property {string} name in camel case
 * @property {boolean} isReadOnly
 * @property {Struct | null} struct what it holds or has as elements
 *
 * @typedef {object} Interface
 * @property {Struct} uniforms
 * @property {Binding[]} bindings in the shader's order
 */

/**
 * Uniforms and bindings of a pass.
 *
 * @param {string} source
 * @returns {Interface}
 */
export function interfaceOf(source) {
  const reflect = new WgslReflect(declarationsOf(source));
  const bits = reflect.aliases.find(({ name }) => name === FLOAT_BITS)?.type;
  const [uniforms] = reflect.uniforms;
  const bindings = reflect.storage
    .sort((a, b) => a.binding - b.binding)
    .map(({ name, access, type, format }, i) => {
      if (reflect.storage[i].binding !== i + 1) throw new Error(`${name} needs binding ${i + 1}`);
      const held = format ?? type;
      const struct = held.isStruct ? structOf(held) : null;
      return { name: camelCase(name), isReadOnly: access === 'read', struct };
    });
  return { uniforms: structOf(uniforms.type), bindings };

  /** @param {*} info @returns {Struct} */
  function structOf({ name, size, members }) {
    return {
      name,
      words: size / WORD,
      fields: members.map((/** @type {*} */ member) => ({
        name: camelCase(member.name),
        word: member.offset / WORD,
        type: typeOf(member.type),
      })),
    };
  }

  /** @param {*} type @returns {Field['type']} */
  function typeOf(type) {
    if (type.isStruct) return structOf(type);
    if (type.name === 'f32' || type === bits) return 'f32';
    return type.name === 'u32' ? 'u32' : 'vector';
  }
}

/**
 * Constants of type u32 that are written as a number.
 *
 * @param {string} source
 * @returns {[name: string, value: number][]}
 */
export function constantsOf(source) {
  return new WgslParser().parse(declarationsOf(source)).flatMap((node) => {
    if (!(node instanceof Const) || !(node.value instanceof LiteralExpr)) return [];
    return node.type?.name === 'u32' ? [[node.name, node.value.scalarValue]] : [];
  });
}

/** A source without functions and their memory: the parser takes their `workgroup` for a keyword. @param {string} source */
function declarationsOf(source) {
  return source
    .replace(/^fn .*\{\}$/gm, '')
    .replace(/^(@compute[^\n]*\n)?fn .*?^\}$/gms, '')
    .replace(/^var<(workgroup|private)>.*;$/gm, '');
}
