import { addSides, enclosing } from './enclosed-costs';

const EPS: f64 = 1e-7;

/** Subtracts Δ²/C², Δ being the difference of the boxes' lengths along an axis and C the length that encloses both. */
function axisPenalty(low: v128, high: v128, targetLow: v128, targetHigh: v128, record: usize, row: usize): void {
  const outer = enclosing(low, high, targetLow, targetHigh);
  const inverse = f64x2.div(f64x2.splat(2), f64x2.add(f64x2.mul(outer, outer), f64x2.splat(EPS)));
  const difference = f64x2.sub(f64x2.add(low, high), f64x2.add(targetLow, targetHigh));
  const byDifference = f64x2.mul(difference, inverse);
  const penalty = f64x2.mul(f64x2.mul(byDifference, difference), f64x2.splat(0.5));
  const byOuter = f64x2.mul(f64x2.mul(penalty, outer), inverse);
  v128.store(record, f64x2.sub(v128.load(record), penalty));
  const byLength = f64x2.neg(byDifference);
  addSides(record + row, low, high, targetLow, targetHigh, byLength, byOuter, f64x2.splat(0));
}

/**
 * Turns DIoU into EIoU = DIoU − Δw²/W² − Δh²/H², W and H being the sizes of the box that encloses both.
 *
 * @param box record as in `iouLanes`
 * @param l t r b the sides of the targets
 * Source: Zhang et al., arXiv:2101.08158, L_EIOU = 1 − EIoU, without its focal weight.
 */
export function takeSizePenalties(box: usize, l: v128, t: v128, r: v128, b: v128, record: usize): void {
  axisPenalty(v128.load(box), v128.load(box, 32), l, r, record, 16);
  axisPenalty(v128.load(box, 16), v128.load(box, 48), t, b, record, 32);
}
