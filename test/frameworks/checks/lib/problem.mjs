import { createDetectionLoss } from 'detloss';
import { makeProblem } from '../../../../bench/shapes.mjs';

/**
 * @typedef {import('detloss').DetectionLoss} DetectionLoss
 * @typedef {import('detloss').Tensor} Tensor
 */

const SHAPE = {
  batch: 2,
  imageSize: 96,
  strides: [8, 16, 32],
  regMax: 4,
  numClasses: 20,
  targets: 3,
};
const { batch: _, imageSize: __, targets: ___, ...HEAD } = SHAPE;

/** Options of a criterion for the problem, channels-last as the frameworks are. */
export const CONFIG = { ...HEAD, layout: /** @type {const} */ ('nhwc') };

/** A small problem and one of other targets, and what a criterion makes of them in plain arrays. */
export async function solvedProblem() {
  const { feats, targets } = makeProblem(SHAPE, 'nhwc');
  const criterion = await createDetectionLoss({ ...CONFIG, backend: 'wasm', threads: 1 });
  const { total, grads } = criterion.valueAndGradSync(feats, targets);
  const others = { ...targets, cls: targets.cls.map(() => 0) };
  const otherGrads = criterion.valueAndGradSync(feats, others).grads;
  criterion.dispose();
  return {
    feats,
    targets,
    total,
    grads: grads.map(({ data }) => data),
    others,
    otherGrads: otherGrads.map(({ data }) => data),
  };
}

/** Options of a criterion for predictions with far more values than the problem's own. */
export const WIDE_CONFIG = { ...CONFIG, numClasses: 320 };

/**
 * The predictions for WIDE_CONFIG: further classes, which no target has.
 *
 * @param {Tensor[]} feats channels-last
 */
export function widened(feats) {
  return feats.map(({ data, shape: [batch, height, width, channels] }) => {
    const wide = channels - CONFIG.numClasses + WIDE_CONFIG.numClasses;
    const all = new Float32Array(batch * height * width * wide).fill(-4);
    for (let cell = 0; cell < batch * height * width; cell++) {
      all.set(data.subarray(cell * channels, (cell + 1) * channels), cell * wide);
    }
    return { data: all, shape: [batch, height, width, wide] };
  });
}

/**
 * Gradient of a factor a channel, by which predictions are multiplied: Σ gradient · prediction, in float64.
 *
 * @param {Tensor} feat channels-last
 * @param {Float32Array} grad
 */
export function gradOfFactors({ data, shape }, grad) {
  const sums = new Float64Array(/** @type {number} */ (shape.at(-1)));
  data.forEach((value, i) => {
    sums[i % sums.length] += value * grad[i];
  });
  return sums;
}

/**
 * ‖actual − expected‖ / ‖expected‖, of the worst pair.
 *
 * @param {ArrayLike<number>[]} actual
 * @param {ArrayLike<number>[]} expected
 */
export function worstL2(actual, expected) {
  return Math.max(...expected.map((values, i) => relativeL2(actual[i], values)));
}

/**
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 */
function relativeL2(actual, expected) {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return actual.length === expected.length ? Math.sqrt(difference / norm) : NaN;
}
