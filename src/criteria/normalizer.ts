import { describe } from '../describe.ts';
import { DetlossError } from '../errors.ts';
import { answered, type Stages } from '../stages.ts';
import type { DetectionLossConfig } from '../types.ts';

/**
 * Loss normalizer: max(sum of scores, 1).
 *
 * @param reduce sums over all shards
 * @throws {DetlossError} NORMALIZER
 */
export function* normalizerOf(
  action: string,
  reduce: DetectionLossConfig['reduceNormalizer'],
  localSum: number,
): Stages<number> {
  const sum = reduce ? yield* answered(reduce(localSum)) : localSum;
  // NaN predictions, perhaps of another shard, make the sum NaN, which then shows in the loss.
  if (typeof sum !== 'number' || sum < 0 || sum === Infinity) {
    throw new DetlossError(
      'NORMALIZER',
      `${action}: reduceNormalizer needs to give a sum of at least 0, finite or NaN, gave ${describe(sum)}`,
    );
  }
  return Math.max(sum, 1);
}
