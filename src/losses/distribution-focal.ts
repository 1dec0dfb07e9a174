import { sizeOf } from '../validate/shape.ts';
import { readShaped } from '../validate/tensor.ts';
import { checkClasses, planRows } from './cross-entropy.ts';
import type { LossModule } from './plan.ts';

/**
 * Cross-entropy with the two bins around a target, weighted by nearness; targets are clamped to [0, R − 1.01]. The
 * loss is 0 where R = 1, as there is no distribution. Source: Li et al., arXiv:2006.04388, eq. 6.
 */
export const distributionFocal: LossModule = {
  options: [],
  plan({ action, input, target, takesBuffers }) {
    const shape = input.shape.slice(0, -1);
    const classes = input.shape[shape.length];
    checkClasses(action, input.shape, classes, '[…, R]');
    const data = readShaped(`${action}: target`, target, shape, "input's rows", takesBuffers);
    return planRows(shape, sizeOf(shape), shape, {
      outer: sizeOf(shape),
      classes,
      inner: 1,
      target: { kind: 'bins', data },
      weights: new Float64Array(classes).fill(1),
      hot: 1,
      spread: 0,
    });
  },
};
