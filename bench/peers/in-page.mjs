/** Times the class loss of detloss and its peers on WebGPU, in one page and on one adapter. It is bundled for the page. */
import { median, timeInTurns } from '../lib/measure.mjs';
import { CLASS_LOGITS_ONLY, classLogitsOf, makeProblem } from '../shapes.mjs';
import { errorOfSigmoid, sumOfSoftplus } from './exact.mjs';

/**
 * @typedef {object} GpuPeer
 * @property {string} adapter
 * @property {() => Promise<number>} step computes value and gradient, returns the value
 * @property {() => Promise<Float32Array>} gradient gradient of the last step, in the order of the logits
 */

/** @type {Record<string, () => Promise<{ prepare(logits: Float32Array): Promise<GpuPeer> }>>} */
const PEERS = {
  detloss: () => import('./detloss-webgpu.mjs'),
  'TensorFlow.js WebGPU': () => import('./tfjs-webgpu.mjs'),
  'jax-js WebGPU': () => import('./jax-webgpu.mjs'),
};
/** A step takes seconds on a software GPU, so five rounds must suffice. */
const TIME = { ms: 1000, warmupMs: 0 };

export async function bench() {
  const { feats } = makeProblem(CLASS_LOGITS_ONLY, 'nchw');
  const logits = classLogitsOf(feats, CLASS_LOGITS_ONLY);
  const exact = sumOfSoftplus(logits);
  const peers = [];
  for (const [peer, load] of Object.entries(PEERS)) {
    peers.push({ peer, ...(await (await load()).prepare(logits)) });
  }
  const times = await timeInTurns(
    peers.map(({ step }) => step),
    TIME,
  );
  const rows = [];
  for (const [i, { peer, step, gradient }] of peers.entries()) {
    const error = Math.abs((await step()) / exact - 1);
    const gradError = errorOfSigmoid(logits, await gradient());
    rows.push({ peer, ms: median(times[i]), error, gradError });
  }
  const { info } = /** @type {GPUAdapter} */ (await navigator.gpu.requestAdapter());
  return { adapter: `${info.vendor} ${info.architecture}`, logits: logits.length, rows };
}
