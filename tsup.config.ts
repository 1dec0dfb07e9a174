import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { defineConfig, type Options } from 'tsup';

const ENTRY = resolve('src/index.ts');
const STATIC = /^(?:import|export) (?!type\b)[^;']*\bfrom '(\..+?)'/gm;
/** Imports of parts; binaries, which import nothing, do not count. */
const DYNAMIC = /\bimport\('(\..+?(?<!-binary)\.ts)'\)/g;

/**
 * Makes every part import the entry's modules that load no part. The entry has loaded them anyway, and esbuild then keeps
 * them in one file: otherwise it writes a file for every combination of parts that share a module. Modules that load parts are
 * left out: where a part imports the module that loads it, Rolldown keeps parts that a bundle does not use, and then cannot
 * write a worker as one script.
 */
const partsBesideEntry: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'parts-beside-entry',
  setup({ onLoad }) {
    const parts = new Set(
      [...reachable(ENTRY, [STATIC, DYNAMIC])].flatMap((file) => imports(file, DYNAMIC)),
    );
    const core = [...reachable(ENTRY, [STATIC])].filter((file) =>
      [...reachable(file, [STATIC])].every((one) => imports(one, DYNAMIC).length === 0),
    );
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!parts.has(path)) return undefined;
      const lines = core.map((file) => `import './${relative(dirname(path), file)}';\n`);
      return { contents: readFileSync(path, 'utf8') + lines.join(''), loader: 'ts' };
    });
  },
};

function imports(file: string, pattern: RegExp): string[] {
  return [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, path]) =>
    join(dirname(file), path),
  );
}

function reachable(file: string, patterns: RegExp[], reached = new Set<string>()): Set<string> {
  if (reached.has(file)) return reached;
  reached.add(file);
  for (const pattern of patterns) {
    for (const next of imports(file, pattern)) reachable(next, patterns, reached);
  }
  return reached;
}

const shared: Options = {
  format: 'esm',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  treeshake: true,
  // esbuild shortens what chunks call each other's exports, terser all else
  minify: 'terser',
  esbuildOptions(options) {
    options.minifyIdentifiers = true;
    options.minifySyntax = true;
  },
  terserOptions: {
    module: true,
    // Functions that are used once stay where they are: inside of others they would be made anew at every call
    compress: { reduce_funcs: false, inline: 1, passes: 2 },
    // Node prints the whole line of an uncaught error
    format: { max_line_len: 2500, comments: /webpackIgnore/ },
  },
};

export default defineConfig([
  {
    ...shared,
    entry: ['src/index.ts'],
    esbuildPlugins: [partsBesideEntry],
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
