/**
 * Wraps the exports of all WASM instances that are created from now on.
 *
 * @param {(name: string, kernel: Function) => Function} wrap returns the replacement of an exported function
 * @returns {WebAssembly.Memory[]} memories of those instances; the list grows as they are created
 */
export function hookWasm(wrap) {
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  const { instantiate } = WebAssembly;
  /**
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Imports} [imports]
   */
  const hooked = async (module, imports) => {
    const { exports } = await instantiate(module, imports);
    const wrapped = Object.entries(exports).map(([name, value]) => {
      if (value instanceof WebAssembly.Memory) memories.push(value);
      return [name, typeof value === 'function' ? wrap(name, value) : value];
    });
    for (const given of Object.values(imports ?? {}).flatMap(Object.values)) {
      if (given instanceof WebAssembly.Memory) memories.push(given);
    }
    return { exports: Object.fromEntries(wrapped) };
  };
  Object.assign(WebAssembly, { instantiate: hooked });
  return memories;
}
