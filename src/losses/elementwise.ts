import { type Dense, lengthOf } from '../backend/inputs.ts';
import type { ElementwiseLoss } from '../backend/loss-backend.ts';
import { TargetError } from '../errors.ts';
import { readShaped } from '../validate/tensor.ts';
import type { Call, Plan } from './plan.ts';

/**
 * Reads the target of an elementwise loss; it has the input's shape.
 *
 * @throws {ShapeError}
 */
export function readTarget({ action, input, target, takesBuffers }: Call): Dense {
  return readShaped(`${action}: target`, target, input.shape, 'input', takesBuffers);
}

/**
 * Reads a target whose elements must be −1 or 1, which is checked in arrays only.
 *
 * @throws {ShapeError}
 * @throws {TargetError} TARGET_CLASS
 */
export function readSigns(call: Call): Dense {
  const target = readTarget(call);
  if (!(target instanceof Float32Array)) return target;
  const at = target.findIndex((sign) => sign !== 1 && sign !== -1);
  if (at < 0) return target;
  throw new TargetError(
    'TARGET_CLASS',
    `${call.action}: target.data[${at}] needs -1 or 1, got ${target[at]}`,
  );
}

/** Plans an elementwise loss. */
export function planElementwise({ input }: Call, loss: ElementwiseLoss<Dense>): Plan {
  return {
    shape: input.shape,
    divisor: lengthOf(input.data),
    target: { data: loss.target, shape: input.shape },
    run: (backend, tensors) => backend.elementwise(tensors, loss),
  };
}
