import { lengthOf } from '../backend/inputs.ts';
import { readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/**
 * 1 − (2·Σp·t + smooth) / (Σp + Σt + smooth) of every row, p = sigmoid(x), targets in [0, 1]. A row has the
 * elements of one index of the first axis; a vector is one row. Source: Milletari et al., arXiv:1606.04797, without its squares.
 */
export const dice: LossModule = {
  options: ['smooth'],
  plan(call) {
    const { input, options } = call;
    const smooth = options.number('smooth', 1);
    const rows = input.shape.length > 1 ? input.shape[0] : 1;
    const target = readTarget(call);
    const loss = { rows, length: lengthOf(input.data) / Math.max(rows, 1), target, smooth };
    return {
      shape: [rows],
      divisor: rows,
      target: { data: target, shape: input.shape },
      run: (backend, tensors) => backend.dice(tensors, loss),
    };
  },
};
