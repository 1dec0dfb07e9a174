import { maxWide } from './lib/f64x2';
import { isLarger } from './iou';

// Parts of costs of a pair of boxes along one axis. A box is given by two distances from a point that it shares with its
// partner.

/** Length that encloses both boxes. */
// @ts-ignore: decorator
@inline
export function enclosing(low: v128, high: v128, targetLow: v128, targetHigh: v128): v128 {
  return f64x2.add(maxWide(low, targetLow), maxWide(high, targetHigh));
}

/**
 * Adds to the gradient by an axis' two sides.
 *
 * @param record of `iouLanes`, from the row of the axis' lower side on
 * @param byLength byOuter byOffset gradient to be added by the prediction's length, the length that encloses both boxes,
 *   and the prediction's centre
 */
export function addSides(
  record: usize,
  low: v128,
  high: v128,
  targetLow: v128,
  targetHigh: v128,
  byLength: v128,
  byOuter: v128,
  byOffset: v128,
): void {
  const half = f64x2.mul(byOffset, f64x2.splat(0.5));
  const byLow = f64x2.sub(f64x2.mul(byOuter, isLarger(low, targetLow)), half);
  const byHigh = f64x2.add(f64x2.mul(byOuter, isLarger(high, targetHigh)), half);
  v128.store(record, f64x2.add(v128.load(record), f64x2.add(byLength, byLow)));
  v128.store(record, f64x2.add(v128.load(record, 32), f64x2.add(byLength, byHigh)), 32);
}
