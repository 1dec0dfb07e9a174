/** A number for the one-to-many head and one for the one-to-one head. */
export type HeadPair = readonly [oneToMany: number, oneToOne: number];

/** Weights of the one-to-many head in the first and in the last epoch. */
const [FIRST, LAST] = [0.8, 0.1];

/**
 * Weights of the two heads' losses: linear over the epochs from 0.8 and 0.2 to 0.1 and 0.9.
 *
 * @param epoch counted from 0; from the last one on the weights are constant
 * @param epochs of the whole training; 1: the first epoch's weights are 0.8 and 0.2
 */
export function headWeights(epoch: number, epochs: number): HeadPair {
  const left = Math.max(1 - epoch / Math.max(epochs - 1, 1), 0);
  const oneToMany = left * (FIRST - LAST) + LAST;
  return [oneToMany, Math.max(1 - oneToMany, 0)];
}
