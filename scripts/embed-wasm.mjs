/**
 * Writes the compiled kernels as a TypeScript module, so that the package works without
 * anyone serving a .wasm file.
 */
import { readFile, writeFile } from 'node:fs/promises';

const builds = { BASELINE: 'dist/detloss.wasm', RELAXED: 'dist/detloss.relaxed.wasm' };

const lines = ['// Generated from assembly/ by scripts/embed-wasm.mjs; do not edit.'];
for (const [name, file] of Object.entries(builds)) {
  const binary = Buffer.from(await readFile(file));
  checkImports(file, binary);
  lines.push(`export const ${name} =\n  '${binary.toString('base64')}';`);
}
await writeFile('src/backend/wasm/binary.ts', `${lines.join('\n')}\n`);

/**
 * @param {string} file
 * @param {Buffer<ArrayBuffer>} binary
 */
function checkImports(file, binary) {
  // Node 20 cannot compile relaxed SIMD; both builds come of the same sources.
  if (!WebAssembly.validate(binary)) return;
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
  if (imports.length === 0) return;
  const names = imports.map(({ module, name }) => `${module}.${name}`).join(', ');
  throw new Error(`${file} must import nothing, it imports ${names}`);
}
