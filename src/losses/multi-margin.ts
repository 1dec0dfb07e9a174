import { readIndices, sizeOf } from '../validate/dense.ts';
import { readWeights } from '../validate/weights.ts';
import { checkClasses } from './cross-entropy.ts';
import type { LossModule } from './plan.ts';

/**
 * Multiclass hinge: Σ over classes j ≠ t of weight[t] · max(0, margin − x[t] + x[j])^p / C, classes on the last axis.
 * The mean divides by the number of rows, whatever the weights.
 */
export const multiMargin: LossModule = {
  options: ['p', 'margin', 'weight'],
  plan({ action, input, target, options }) {
    const shape = input.shape.slice(0, -1);
    const classes = input.shape[shape.length];
    checkClasses(action, input.shape, classes, '[…, C]');
    const p = options.raw('p', 1);
    if (p !== 1 && p !== 2) throw options.invalid('p', '1 or 2');
    const margin = options.number('margin', 1);
    const weights = readWeights(options, 'weight', [classes], `${classes}, one a class`);
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
