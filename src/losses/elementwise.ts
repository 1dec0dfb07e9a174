import type { ElementwiseLoss } from '../backend/loss-backend.ts';
import { readShaped } from '../validate/dense.ts';
import type { Call, Plan } from './plan.ts';

/** The target of a loss of every element by itself: of the input's shape. Throws ShapeError. */
export function readTarget({ action, input, target }: Call): Float32Array {
  return readShaped(`${action}: target`, target, input.shape, 'input');
}

export function planElementwise({ input }: Call, loss: ElementwiseLoss): Plan {
  return {
    shape: input.shape,
    divisor: input.data.length,
    target: loss.target,
    run: (backend, tensors) => backend.elementwise(tensors, loss),
  };
}
