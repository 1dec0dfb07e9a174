/** Measures the speed and the accuracy of other libraries for the class loss and its gradient, on one WebGPU adapter. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { ensureChromium } from '../scripts/chromium.mjs';
import { ensureInstalled } from '../scripts/ensure-installed.mjs';
import { inChromium } from './lib/chromium.mjs';
import { reasonOf } from './lib/process.mjs';
import { formatNumber } from './lib/table.mjs';
import { versionOf } from './peers/version-of.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = fileURLToPath(new URL('.', import.meta.url));
/** Peers in the page, and the package whose version each one has. */
const PACKAGES = {
  'TensorFlow.js WebGPU': '@tensorflow/tfjs-backend-webgpu',
  'jax-js WebGPU': '@jax-js/jax',
};

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  await ensureInstalled('bench/peers');
  const folder = await mkdtemp(join(RESULTS, 'bundle-'));
  try {
    await bundle(folder);
    return [await compare(folder)];
  } catch (error) {
    const missing = [{ what: 'WebGPU in Chromium', reason: reasonOf(error) }];
    return [{ title: 'Class loss on WebGPU', columns: [], rows: [], notes: [], missing }];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string} outDir */
async function bundle(outDir) {
  await build({
    root: ROOT,
    logLevel: 'error',
    resolve: { alias: { detloss: join(ROOT, 'dist/index.js') } },
    build: {
      outDir,
      emptyOutDir: false,
      minify: false,
      lib: { entry: join(ROOT, 'bench/peers/in-page.mjs'), formats: ['es'], fileName: 'in-page' },
    },
  });
}

/** @param {string} folder inside of bench/ */
async function compare(folder) {
  const module = `${folder.slice(RESULTS.length)}/in-page.js`;
  const { adapter, logits, rows } = await inChromium(ensureChromium(), module);
  const [ours] = rows;
  for (const row of rows) {
    row.times = row.ms / ours.ms;
    const name = PACKAGES[/** @type {keyof typeof PACKAGES} */ (row.peer)];
    if (name) row.peer = `${row.peer} ${await versionOf(name)}`;
  }
  return {
    title: 'Class loss (BCE with logits, summed) and its gradient on WebGPU',
    subject: `${formatNumber(logits, 0)} logits, Chromium on ${adapter}`,
    columns: [
      { key: 'peer', label: '' },
      { key: 'ms', label: 'ms', digits: 0 },
      { key: 'times', label: 'times as long', digits: 1 },
      { key: 'error', label: 'error of the sum', digits: 1, scientific: true },
      { key: 'gradError', label: 'of the gradient', digits: 1, scientific: true },
    ],
    rows,
    notes: [
      'one page, measured alternately; tensors stay on the device; the value is read back, and the gradient is awaited',
      'errors are relative to float64; that of the gradient is relative L2',
    ],
  };
}
