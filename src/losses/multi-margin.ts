import { readIndices } from '../validate/indices.ts';
import { sizeOf } from '../validate/shape.ts';
import { checkClasses } from './cross-entropy.ts';
import type { LossModule } from './plan.ts';

/**
 * Multiclass hinge: Σ over classes j ≠ t of weight[t] · max(0, margin − x[t] + x[j])^p / C, classes on the last axis.
 * The mean divides by the number of rows, not by the sum of weights.
 */
export const multiMargin: LossModule = {
  options: ['p', 'margin', 'weight'],
  plan({ action, input, target, options }) {
    const shape = input.shape.slice(0, -1);
    const classes = input.shape[shape.length];
    checkClasses(action, input.shape, classes, '[…, C]');
    const p = options.where('p', (value) => value === 1 || value === 2, '1 or 2', 1);
    const margin = options.number('margin', 1);
    const weights = options.weights('weight', [classes], `${classes}, one per class`);
    const rows = sizeOf(shape);
    const loss = {
      rows,
      classes,
      target: readIndices(`${action}: target`, target, shape, "input's rows", classes),
      factors: (weights ?? new Float64Array(classes).fill(1)).map((weight) => weight / classes),
      margin,
      isSquared: p === 2,
    };
    return {
      shape,
      divisor: rows,
      target: null,
      run: (backend, tensors) => backend.multiMargin(tensors, loss),
    };
  },
};
