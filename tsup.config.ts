import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  treeshake: true,
  minify: true,
  // The kernels and the worker are in dist already
  clean: ['!*.wasm', '!worker.js'],
});
