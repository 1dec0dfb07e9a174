/**
 * Bundles the page of a consumer, and prints, as JSON, what the bundler warned of:
 *
 *   node build-with.mjs <bundler> <folder of the page> <folder to write>
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import nodeResolve from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite8 from 'vite';
import webpack from 'webpack';
import * as vite7 from '../../../node_modules/vite/dist/node/index.js';

const [, , bundler, page, out] = argv;
const entries = { page: join(page, 'page.mjs'), worker: join(page, 'worker.mjs') };
/** @type {string[]} */
const warnings = [];

/** @type {Record<string, () => Promise<unknown>>} */
const BUILDS = {
  // It warns of a build that takes long, as on a busy machine
  'Vite 8': () =>
    buildWithVite(vite8, {}, { rolldownOptions: { checks: { bundlerTimings: false } } }),
  // Its workers are scripts by default, which cannot load parts
  'Vite 7': () => buildWithVite(vite7, { worker: { format: 'es' } }, {}),
  async 'webpack 5'() {
    const output = { path: out, filename: 'page.mjs' };
    const compiler = webpack({
      mode: 'production',
      entry: entries.page,
      output,
      performance: false,
    });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    const { errors, warnings: heard } = stats.toJson({ all: false, errors: true, warnings: true });
    warnings.push(...[...errors, ...heard].map(({ message }) => message));
    await cp(join(page, 'index.html'), join(out, 'index.html'));
  },
  async esbuild() {
    const result = await esbuild.build({
      entryPoints: entries,
      outdir: out,
      bundle: true,
      splitting: true,
      format: 'esm',
      target: 'es2022',
      outExtension: { '.js': '.mjs' },
      logLevel: 'silent',
    });
    warnings.push(...result.warnings.map(({ text }) => text));
    await cp(join(page, 'index.html'), join(out, 'index.html'));
  },
  async Rollup() {
    const onwarn = (/** @type {{ message: string }} */ { message }) => void warnings.push(message);
    const bundle = await rollup({ input: entries, plugins: [nodeResolve()], onwarn });
    await bundle.write({ dir: out, entryFileNames: '[name].mjs' });
    await cp(join(page, 'index.html'), join(out, 'index.html'));
  },
};

/**
 * @param {typeof vite8 | typeof vite7} vite
 * @param {object} options
 * @param {object} more options of the build
 */
function buildWithVite(vite, options, more) {
  const customLogger = vite.createLogger('warn');
  customLogger.warn = customLogger.warnOnce = (message) => void warnings.push(message);
  const build = { ...more, outDir: out, emptyOutDir: true, target: 'es2022' };
  return vite.build({ ...options, root: page, configFile: false, customLogger, build });
}

await rm(out, { recursive: true, force: true });
await BUILDS[bundler]();
console.log(JSON.stringify(warnings));
