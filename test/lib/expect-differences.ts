import type { Tensor } from '../../src/types.ts';
import { expectCloseL2 } from './compare.ts';
import { differencesAt, someIndices } from './differences.ts';

/** Near the cube root of float64's epsilon, where a central difference is most accurate. */
const STEP = 1e-5;
/** Resolution of the difference. Reached: 3e-8. */
export const BOUND = 5e-8;
/** Bound of likelihoods: they are curved if an error is many deviations, and a difference resolves that less. */
export const LIKELY_BOUND = 1e-6;
/** Number of inputs of each tensor that are tried, to save time. */
const MOST_INPUTS = 8;

/** Copies a tensor to float64. */
export const wide = ({ data, shape }: Tensor) => ({ data: Float64Array.from(data), shape });

/** Fails unless gradients equal central differences of the total. */
export function expectDifferences(
  total: () => number,
  tensors: Record<string, { data: Float64Array }>,
  grads: Record<string, Float64Array>,
  bound = BOUND,
): void {
  // Rounding of the total, 1e-11 of it, which a difference divides by the step
  const floor = 1e-3 * Math.abs(total());
  for (const [name, { data }] of Object.entries(tensors)) {
    const positives = [...grads[name].keys()].filter((i) => grads[name][i] !== 0);
    const indices = [
      ...someIndices(data.length, MOST_INPUTS),
      ...someIndices(positives.length, MOST_INPUTS).map((i) => positives[i]),
    ];
    const numeric = differencesAt(data, indices, total, STEP);
    const exact = indices.map((i) => grads[name][i]);
    expectCloseL2(name, [...exact, floor], [...numeric, floor], bound);
  }
}

/** Names each level's data as the gradients do. */
export const byLevel = <T>(levels: readonly T[]) =>
  Object.fromEntries(levels.map((level, l) => [`feats[${l}]`, level]));
