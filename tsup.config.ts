import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  treeshake: true,
  minify: true,
  esbuildOptions(options) {
    // Node prints the whole line of an uncaught error
    options.lineLimit = 1000;
  },
  // The kernels and the worker are in dist already
  clean: ['!*.wasm', '!worker.js'],
});
