import { Transform } from 'assemblyscript/transform';

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} doc its doc comment
 * @property {string} type in AssemblyScript: 'i32', 'usize', 'f64', …, or the name of an enum
 * @property {number} offset bytes from the start of its class
 *
 * @typedef {object} Layout an exported `@unmanaged` class
 * @property {string} name
 * @property {string} doc its doc comment
 * @property {number} bytes
 * @property {Field[]} fields
 *
 * @typedef {object} Kernel a function that the entry exports, with one parameter, a class
 * @property {string} name
 * @property {string} parameters name of that class
 */

/** Flag of AssemblyScript's compiler: the declaration has the keyword `export`. */
const EXPORTED = 1 << 1;

/** Reads the exports of a program and the layouts of its `@unmanaged` classes while AssemblyScript compiles it. */
export class LayoutReader extends Transform {
  /** @type {Layout[]} */
  layouts = [];
  /** @type {Kernel[]} */
  kernels = [];
  /** @type {any} AssemblyScript's Program, whose types the package does not export */
  #program;

  /** @override @param {any} program */
  afterInitialize(program) {
    this.#program = program;
  }

  /** @override */
  afterCompile() {
    const program = this.#program;
    const entry = [...program.filesByName.values()].find(
      (file) => file.exports && file.source?.sourceKind === 1,
    );
    for (const [name, element] of exportsOf(entry)) {
      if (name === 'arenaBase') continue;
      const [instance] = [...(element.instances?.values() ?? [])];
      if (instance) this.kernels.push(kernelOf(name, instance));
    }
    for (const [name, element] of program.instancesByName) {
      if (!element.members || !/^[^~].*\/[A-Z]/.test(name) || name.includes('#')) continue;
      if (!element.is(EXPORTED)) continue;
      const layout = layoutOf(element);
      if (layout.fields.length > 0) this.layouts.push(layout);
    }
  }
}

/** @param {any} file @returns {[string, any][]} its exports, and those of files that it exports wholly */
function exportsOf({ exports, exportsStar }) {
  return [...(exportsStar ?? []).flatMap(exportsOf), ...(exports ?? [])];
}

/** @param {string} name @param {any} instance */
function kernelOf(name, { signature: { parameterTypes } }) {
  const [type] = parameterTypes;
  if (parameterTypes.length !== 1 || !type.isReference) {
    throw new Error(`${name} needs one parameter, an @unmanaged class`);
  }
  return { name, parameters: shortName(type.toString()) };
}

/** @param {any} element an instance of a class */
function layoutOf(element) {
  /** @type {Field[]} */
  const fields = [];
  for (const [name, member] of element.members) {
    const property = member.instance ?? member;
    if (!(property.memoryOffset >= 0)) continue;
    const declared = member.fieldDeclaration;
    const type = declared?.type?.name?.identifier?.text ?? property.type.toString();
    fields.push({ name, doc: docBefore(declared), type, offset: property.memoryOffset });
  }
  return {
    name: element.prototype.name,
    doc: docBefore(element.prototype.declaration),
    bytes: element.nextMemoryOffset,
    fields,
  };
}

/** Doc comment of a declaration. @param {any} declaration */
function docBefore({ range: { source, start: at } }) {
  const before = source.text
    .slice(0, at)
    .replace(/(@\w+|export|\/\/ @ts-ignore.*)\s*$/g, '')
    .trimEnd();
  const start = before.endsWith('*/') ? before.lastIndexOf('/**') : -1;
  return start < 0 ? '' : before.slice(start);
}

/** @param {string} name 'decode/DecodeParams' → 'DecodeParams' */
function shortName(name) {
  return name.slice(name.lastIndexOf('/') + 1);
}
