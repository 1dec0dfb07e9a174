/**
 * Budgets of what a user downloads, gzipped: each part as it is published, and the bundle that esbuild makes of one import,
 * with all that it may ever load. The sum for detection on WASM, the entry, the builds and the bundles have a little more than they
 * were when their budget was set, others a tenth more.
 */
import { listParts } from '../../../scripts/measure-parts.mjs';

/** @type {Record<string, string>} */
const PARTS = {
  'detection on WASM, all that a page fetches': '39.6 kB',
  "import 'detloss'": '30.2 kB',
  'detection-baseline-binary, when asked for': '9.7 kB',
  'detection-relaxed-binary, when asked for': '9.7 kB',
  'baseline-binary, when asked for': '16.7 kB',
  'relaxed-binary, when asked for': '16.7 kB',
  'losses-binary, when asked for': '7 kB',
  'pixels-binary, when asked for': '3.7 kB',
  'threads, when asked for': '3.5 kB',
  'masks, when asked for': '4.4 kB',
  'keypoints, when asked for': '3.1 kB',
  'segmentation, when asked for': '3.8 kB',
  'pose, when asked for': '3.8 kB',
  'oriented, when asked for': '1.9 kB',
  'classification, when asked for': '1.4 kB',
  'classifier, when asked for': '4.2 kB',
  'open-depth-loss, when asked for': '3.8 kB',
  'open-dual-loss, when asked for': '1.7 kB',
  'open-semantic-loss, when asked for': '5.3 kB',
  'webgpu, when asked for': '34 kB',
  'losses, when asked for': '8.2 kB',
  'on-device, when asked for': '1.7 kB',
  'plain, when asked for': '22 kB',
  'pixels, when asked for': '17 kB',
  "import 'detloss/tfjs'": '2.5 kB',
  "import 'detloss/jax'": '1.5 kB',
  "import 'detloss/ort'": '0.8 kB',
  'detloss.wasm': '17.4 kB',
  'detloss.relaxed.wasm': '17.4 kB',
  'losses.wasm': '7.2 kB',
  'pixels.wasm': '3.8 kB',
};
/** @type {Record<string, string>} */
const BUNDLES = {
  '{ createDetectionLoss }': '84.5 kB',
  '{ createLosses }': '47 kB',
  '{ DetlossError }': '0.6 kB',
};
const DIST = '../../../dist';

const parts = (await listParts()).map(({ part, files }) => ({
  name: part,
  path: [...files.keys()].map((file) => `${DIST}/${file}`),
  limit: PARTS[part] ?? '0 B',
  disablePlugins: ['@size-limit/esbuild'],
  gzip: true,
}));
const bundles = Object.entries(BUNDLES).map(([names, limit]) => ({
  name: `a bundle of ${names}`,
  path: `${DIST}/index.js`,
  import: names,
  limit,
  gzip: true,
  modifyEsbuildConfig: (/** @type {object} */ config) => ({
    ...config,
    format: 'esm',
    logLevel: 'error',
  }),
}));

export default [...parts, ...bundles];
