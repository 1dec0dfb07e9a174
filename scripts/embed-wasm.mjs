/**
 * Writes the compiled kernels as a TypeScript module, so that the package works without
 * anyone serving a .wasm file.
 */
import { readFile, writeFile } from 'node:fs/promises';

const binary = await readFile('dist/detloss.wasm');
const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
if (imports.length > 0) {
  const names = imports.map(({ module, name }) => `${module}.${name}`).join(', ');
  throw new Error(`dist/detloss.wasm must import nothing, it imports ${names}`);
}

await writeFile(
  'src/backend/wasm/binary.ts',
  `// Generated from assembly/ by scripts/embed-wasm.mjs; do not edit.
export const BINARY =
  '${binary.toString('base64')}';
`,
);
