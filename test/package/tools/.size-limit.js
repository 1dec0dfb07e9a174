/**
 * What a user may be made to download, gzipped: each part as it is published, and what esbuild makes of one import, with
 * all that it may ever load. The entry has 45 kB, others a tenth above what they were when their budget was set.
 */
import { listParts } from '../../../scripts/measure-parts.mjs';

/** @type {Record<string, string>} */
const PARTS = {
  "import 'detloss'": '45 kB',
  'classifier, when asked for': '12 kB',
  'webgpu, when asked for': '26 kB',
  'losses, when asked for': '16 kB',
  'on-device, when asked for': '1.7 kB',
  'plain, when asked for': '21 kB',
  "import 'detloss/tfjs'": '2.3 kB',
  "import 'detloss/jax'": '1.4 kB',
  "import 'detloss/ort'": '0.7 kB',
  'detloss.wasm': '13 kB',
  'detloss.relaxed.wasm': '13 kB',
  'losses.wasm': '7 kB',
};
/** @type {Record<string, string>} */
const BUNDLES = {
  '{ createDetectionLoss }': '70 kB',
  '{ createLosses }': '45 kB',
  '{ DetlossError }': '0.5 kB',
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
