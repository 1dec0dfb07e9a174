import { type Dense, lengthOf } from '../backend/backend.ts';
import type { ElementwiseLoss } from '../backend/loss-backend.ts';
import { readShaped } from '../validate/dense.ts';
import type { Call, Plan } from './plan.ts';

/** The target of a loss of every element by itself: of the input's shape. Throws ShapeError. */
export function readTarget({ action, input, target, takesBuffers }: Call): Dense {
  return readShaped(`${action}: target`, target, input.shape, 'input', takesBuffers);
}

export function planElementwise({ input }: Call, loss: ElementwiseLoss<Dense>): Plan {
  return {
    shape: input.shape,
    divisor: lengthOf(input.data),
    target: loss.target,
    run: (backend, tensors) => backend.elementwise(tensors, loss),
  };
}
