import type { ClassSums } from '../backend/softmax.ts';

/** Added to numerator and denominator of Dice. */
const SMOOTH = 1;

/** Shares of the classes' pixels in the weighted mean: weight / max(sum of the weights of all pixels, 1). */
export function pixelShares(
  { pixels }: ClassSums,
  classWeights: Float64Array | undefined,
): Float64Array {
  const weightOf = (c: number) => classWeights?.[c] ?? 1;
  const sum = pixels.reduce((total, count, c) => total + weightOf(c) * count, 0);
  return pixels.map((_, c) => weightOf(c) / Math.max(sum, 1));
}

/** Weighted mean of the cross-entropy. */
export function crossEntropy({ entropy }: ClassSums, shares: Float64Array): number {
  return entropy.reduce((sum, own, c) => sum + shares[c] * own, 0);
}

/** Dice loss, and its derivatives with respect to p of each class. */
export interface DiceLoss {
  value: number;
  /** In the class's own pixels. */
  own: Float64Array;
  /** In all others. */
  other: Float64Array;
}

/**
 * Mean over classes of 1 − (2·Σp·y + 1)/(Σp + Σy + 1).
 *
 * It is computed as (Σp over other pixels + Σ1 − p over own ones)/(Σp + Σy + 1), in which nothing cancels.
 *
 * @param first first class that counts
 */
export function diceLoss({ excess, deficit, pixels }: ClassSums, first: number): DiceLoss {
  const own = new Float64Array(pixels.length);
  const other = new Float64Array(pixels.length);
  const count = pixels.length - first;
  let value = 0;
  for (let c = first; c < pixels.length; c++) {
    const size = excess[c] + 2 * pixels[c] - deficit[c] + SMOOTH;
    const loss = (excess[c] + deficit[c]) / size;
    value += loss / count;
    other[c] = (1 - loss) / (size * count);
    own[c] = (-1 - loss) / (size * count);
  }
  return { value, own, other };
}
