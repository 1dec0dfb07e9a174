import type { Tensor } from '../types.ts';
import { type DepthPyramid, depthPyramid } from './depth-pyramid.ts';
import { resize, resizeGrad } from './resize.ts';
import type { Term } from './term.ts';

export interface DepthOptions {
  gains?: { dlog?: number; dgrad?: number };
  /** Share of the mean error that does not count: 1 leaves the scale free. Default 1. */
  lambda?: number;
}

export interface ReferenceDepthLoss {
  /** Sum of the items × B. */
  total: number;
  items: { dlog: number; dgrad: number };
  grads: { depth: Float64Array };
}

/** Least depth in metres: of a true depth that counts, and of a prediction in the logarithm. */
const NEAREST = 0.001;
/** Least number of valid pixels in the batch. */
const FEWEST = 10;
/** Added under the root. */
const EPS = 1e-6;

/**
 * Depth loss: the deviation of the logarithms, and the differences of their gradients on up to four scales.
 *
 * dlog = √(variance of v + (1 − λ) · mean² + 1e-6), v = log max(predicted, 0.001) − log true on valid pixels, those
 * beyond 0.001 m. Predictions are resized to the truth bilinearly, corner to corner. Fewer than 10 valid pixels: 0.
 *
 * @param predictions depth [B, 1, h, w], metres
 * @param targets depth [B, H, W], metres
 * Source: Eigen et al., arXiv:1406.2283, eq. 4; Li & Snavely, arXiv:1804.00607, eq. 3
 */
export function depthLoss(
  { depth }: { depth: Tensor<ArrayLike<number>> },
  targets: { depth: Tensor<ArrayLike<number>> },
  { gains, lambda = 1 }: DepthOptions,
): ReferenceDepthLoss {
  const [batch, height, width] = targets.depth.shape;
  const size = { height, width };
  const predicted = resize(depth, size, { alignCorners: true }).data;
  const valid = Array.from(targets.depth.data, (d) => d > NEAREST);
  if (valid.filter(Boolean).length < FEWEST) {
    const none = new Float64Array(depth.data.length);
    return { total: 0, items: { dlog: 0, dgrad: 0 }, grads: { depth: none } };
  }
  const errors = Float64Array.from(predicted, (d, i) =>
    valid[i] ? Math.log(Math.max(d, NEAREST)) - Math.log(targets.depth.data[i]) : 0,
  );
  const log = deviation(errors, valid, lambda);
  const scales = differences(depthPyramid(errors, valid, { batch, height, width }));

  const gain = { dlog: gains?.dlog ?? 1, dgrad: gains?.dgrad ?? 0.5 };
  const grad = log.grad.map((slope, i) => {
    const total = gain.dlog * slope + gain.dgrad * scales.grad[i];
    return valid[i] && predicted[i] >= NEAREST ? (batch * total) / predicted[i] : 0;
  });
  const items = { dlog: gain.dlog * log.value, dgrad: gain.dgrad * scales.value };
  return {
    total: batch * (items.dlog + items.dgrad),
    items,
    grads: { depth: resizeGrad(grad, depth.shape, size, { alignCorners: true }) },
  };
}

function deviation(
  errors: Float64Array,
  valid: readonly boolean[],
  lambda: number,
): Term<Float64Array> {
  const count = valid.filter(Boolean).length;
  const mean = errors.reduce((sum, v) => sum + v, 0) / count;
  const squares = errors.reduce((sum, v, i) => sum + (valid[i] ? (v - mean) ** 2 : 0), 0);
  const value = Math.sqrt(squares / count + (1 - lambda) * mean ** 2 + EPS);
  const grad = errors.map((v, i) =>
    valid[i] ? (v - mean + (1 - lambda) * mean) / (count * value) : 0,
  );
  return { value, grad };
}

/** Sum over the scales of the mean differences of neighbours' errors, along both axes. */
function differences({ levels, backward }: DepthPyramid): Term<Float64Array> {
  let value = 0;
  const grads = levels.map(({ errors, valid, active, height, width }) => {
    const grad = new Float64Array(errors.length);
    const batch = active.length;
    const along = (step: number, rows: number, columns: number) => {
      const count = batch * rows * columns;
      for (let image = 0; image < batch; image++) {
        if (!active[image]) continue;
        for (let cell = 0; cell < rows * columns; cell++) {
          const row = Math.floor(cell / columns);
          const i = (image * height + row) * width + (cell % columns);
          if (!valid[i] || !valid[i + step]) continue;
          const difference = errors[i + step] - errors[i];
          value += Math.abs(difference) / count;
          grad[i + step] += Math.sign(difference) / count;
          grad[i] -= Math.sign(difference) / count;
        }
      }
    };
    along(1, height, width - 1);
    along(width, height - 1, width);
    return grad;
  });
  return { value, grad: backward(grads) };
}
