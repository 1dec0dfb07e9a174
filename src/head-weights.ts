import { describe } from './describe.ts';
import { ConfigError } from './errors.ts';

/** A number for the one-to-many head and one for the one-to-one head. */
export type HeadPair = readonly [oneToMany: number, oneToOne: number];

/** Weights of the one-to-many head in the first and in the last epoch. */
const [FIRST, LAST] = [0.8, 0.1];

/**
 * Weights of the two heads of an end-to-end detector in an epoch of its training, for the option `headWeights` of
 * {@link createDualLoss}: linear over the epochs from 0.8 and 0.2 to 0.1 and 0.9, as YOLO26 is trained.
 *
 * @example
 * ```js
 * import { headWeights } from 'detloss';
 *
 * const [oneToMany, oneToOne] = headWeights(3, 10);
 * console.log(oneToMany.toFixed(3), oneToOne.toFixed(3));
 * ```
 *
 * @param epoch epoch, counted from 0, or a fraction of it; after the last one the weights are constant
 * @param epochs number of epochs of the whole training, at least 1; if it is 1, those of epoch 0 are 0.8 and 0.2
 * @throws {ConfigError} INVALID_OPTION
 */
export function headWeights(epoch: number, epochs: number): HeadPair {
  if (!Number.isFinite(epoch) || !Number.isFinite(epochs) || epoch < 0 || epochs < 1) {
    const got = `${describe(epoch)} and ${describe(epochs)}`;
    throw new ConfigError(
      'INVALID_OPTION',
      `headWeights: needs an epoch of at least 0 and at least 1 epoch in all, got ${got}`,
    );
  }
  const left = Math.max(1 - epoch / Math.max(epochs - 1, 1), 0);
  const oneToMany = left * (FIRST - LAST) + LAST;
  return [oneToMany, Math.max(1 - oneToMany, 0)];
}
