import { sizeOf } from '../validate/shape.ts';
import { planElementwise, readTarget } from './elementwise.ts';
import type { Call, LossModule } from './plan.ts';

/** Power of ten of the largest `posWeight`: beside a larger one, float32 on WebGPU could not hold the losses of negatives. */
const POS_WEIGHT_POWER = 60;

/**
 * weight · (−posWeight·t·log p − (1 − t)·log(1 − p)), p = sigmoid(x), targets in [0, 1]. The mean divides by the number
 * of elements, not by the sum of weights.
 */
export const bceWithLogits: LossModule = {
  options: ['weight', 'posWeight'],
  plan(call) {
    const target = readTarget(call);
    const weight = readTrailing(call, 'weight');
    const posWeight = readTrailing(call, 'posWeight', POS_WEIGHT_POWER);
    return planElementwise(call, { loss: 'bceWithLogits', target, weight, posWeight });
  },
};

/** Reads weights of the input's trailing axes, or one for all. */
function readTrailing({ input, options }: Call, key: string, power?: number): Float64Array | null {
  const sizes = input.shape.map((_, axis) => sizeOf(input.shape.slice(axis)));
  const lengths = [...new Set([1, ...sizes.reverse()])].filter((length) => length > 0);
  const needed = `${lengths.join(' or ')} (trailing axes)`;
  return options.weights(key, lengths, needed, power) ?? null;
}
