/** Times one peer's class loss and gradient beside a memcpy of the logits, and compares them with float64. */
import { timeBesideCopy } from '../lib/measure.mjs';
import { CLASS_LOGITS_ONLY, classLogitsOf, makeProblem } from '../shapes.mjs';
import { errorOfSigmoid, sumOfSoftplus } from './exact.mjs';

/**
 * @typedef {object} Peer
 * @property {string} version
 * @property {() => number | Promise<number>} step computes value and gradient, returns the value
 * @property {() => Float32Array | Promise<Float32Array>} gradient gradient of the last step, in the order of the logits
 */

const TIME = { ms: 3000, warmupMs: 1500 };

/** @param {string} module path of the peer in bench/ */
export async function bench(module) {
  const shape = CLASS_LOGITS_ONLY;
  const { feats, targets } = makeProblem(shape, 'nchw');
  const logits = classLogitsOf(feats, shape);
  const { prepare } = await import(new URL(`../${module}`, import.meta.url).href);
  /** @type {Peer} */
  const { version, step, gradient } = await prepare(logits, { feats, targets, shape });
  const destination = new Float32Array(logits.length).fill(1);
  const time = await timeBesideCopy(step, () => destination.set(logits), TIME);
  const error = Math.abs((await step()) / sumOfSoftplus(logits) - 1);
  return { version, ...time, error, gradError: errorOfSigmoid(logits, await gradient()) };
}
