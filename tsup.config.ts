import { defineConfig, type Options } from 'tsup';

const shared: Options = {
  format: 'esm',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  treeshake: true,
  // esbuild shortens what chunks call each other's exports, terser all else
  minify: 'terser',
  esbuildOptions(options) {
    options.minify = true;
  },
  terserOptions: {
    module: true,
    // Functions that are used once stay where they are: inside of others they would be made anew at every call
    compress: { reduce_funcs: false, inline: 1, passes: 2 },
    // Node prints the whole line of an uncaught error
    format: { max_line_len: 2500 },
  },
};

export default defineConfig([
  {
    ...shared,
    entry: ['src/index.ts'],
    // The kernels and the worker are in dist already, the adapters may be
    clean: ['!*.wasm', '!worker.js', '!tfjs.*', '!jax.*', '!ort.*'],
  },
  {
    ...shared,
    entry: {
      jax: 'src/adapters/jax/index.ts',
      ort: 'src/adapters/ort.ts',
      tfjs: 'src/adapters/tfjs/index.ts',
    },
    splitting: false,
    esbuildPlugins: [
      {
        // Adapters throw the errors of the one package that is there
        name: 'package-beside',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/src\/index\.ts$|^(\.\.\/)+index\.ts$/ }, () => ({
            path: './index.js',
            external: true,
          })),
      },
    ],
  },
]);
