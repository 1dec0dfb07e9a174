import { sizeOf } from '../validate/shape.ts';
import { planElementwise, readTarget } from './elementwise.ts';
import type { Call, LossModule } from './plan.ts';

/**
 * weight · (−posWeight·t·log p − (1 − t)·log(1 − p)), p = sigmoid(x), targets in [0, 1]. The mean divides by the number
 * of elements, not by the sum of weights.
 */
export const bceWithLogits: LossModule = {
  options: ['weight', 'posWeight'],
  plan(call) {
    const target = readTarget(call);
    const weight = readTrailing(call, 'weight');
    const posWeight = readTrailing(call, 'posWeight');
    return planElementwise(call, { loss: 'bceWithLogits', target, weight, posWeight });
  },
};

/** Reads weights of the input's trailing axes, or one for all. */
function readTrailing({ input, options }: Call, key: string): Float32Array | null {
  const sizes = input.shape.map((_, axis) => sizeOf(input.shape.slice(axis)));
  const lengths = [...new Set([1, ...sizes.reverse()])].filter((length) => length > 0);
  const weights = options.weights(key, lengths, `${lengths.join(' or ')} (trailing axes)`);
  return weights ? Float32Array.from(weights) : null;
}
