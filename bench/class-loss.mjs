import { createDetectionLoss } from 'detloss';
import packageJson from '../package.json' with { type: 'json' };
import { classLogitsOf } from './shapes.mjs';

/**
 * Prepares the whole criterion without targets, which leaves only the class loss. The gain 1/B makes the gradient that of
 * the sum.
 *
 * @param {Float32Array} _logits
 * @param {ReturnType<typeof import('./shapes.mjs').makeProblem> & { shape: import('./shapes.mjs').Shape }} problem
 * @returns {Promise<import('./peers/in-node.mjs').Peer>}
 */
export async function prepare(_logits, { feats, targets, shape }) {
  const { numClasses, regMax, strides, batch } = shape;
  const backend = /** @type {const} */ ('wasm');
  const gains = { cls: 1 / batch };
  const config = { numClasses, regMax, strides, gains, backend, threads: 1 };
  const criterion = await createDetectionLoss(config);
  const { grads: out } = criterion.valueAndGradSync(feats, targets);
  return {
    version: packageJson.version,
    step: () => criterion.valueAndGradSync(feats, targets, { out }).total,
    gradient: () => classLogitsOf(out, shape),
  };
}
