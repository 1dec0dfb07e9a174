import { addSides, enclosing } from './enclosed-costs';
import { isLarger } from './iou';
import { expm1Wide } from './lib/expm1';
import { maxWide, signWide } from './lib/f64x2';

const EPS: f64 = 1e-7;

/** Offset of the prediction's centre from the target's along an axis. */
// @ts-ignore: decorator
@inline
function offsetOf(low: v128, high: v128, targetLow: v128, targetHigh: v128): v128 {
  const apart = f64x2.sub(f64x2.sub(high, targetHigh), f64x2.sub(low, targetLow));
  return f64x2.mul(apart, f64x2.splat(0.5));
}

/** ∂angle/∂x of angle = |xy|/square, square = x² + y² + eps. */
// @ts-ignore: decorator
@inline
function angleGradient(angle: v128, x: v128, y: v128, square: v128): v128 {
  const byProduct = f64x2.mul(signWide(x), f64x2.abs(y));
  return f64x2.div(f64x2.sub(byProduct, f64x2.mul(f64x2.add(angle, angle), x)), square);
}

/**
 * Subtracts half the costs along an axis: that of distance, 1 − e^−γρ with ρ = (offset / enclosing length)², and that of
 * shape, (1 − e^−ω)^4 with ω = |difference of lengths| / the longer one.
 *
 * @param gamma 2 − Λ
 * @returns ∂similarity/∂Λ/2
 */
function axisCosts(
  low: v128,
  high: v128,
  targetLow: v128,
  targetHigh: v128,
  offset: v128,
  gamma: v128,
  record: usize,
  row: usize,
): v128 {
  const one = f64x2.splat(1);
  const two = f64x2.splat(2);
  const eps = f64x2.splat(EPS);
  const outer = enclosing(low, high, targetLow, targetHigh);
  const square = f64x2.add(f64x2.mul(outer, outer), eps);
  const rho = f64x2.div(f64x2.mul(offset, offset), square);
  const distance = expm1Wide(f64x2.neg(f64x2.mul(gamma, rho))); // below 0, and so is `shape`
  const decay = f64x2.add(one, distance);
  const byRho = f64x2.mul(f64x2.mul(gamma, decay), f64x2.splat(-0.5));

  const length = f64x2.add(low, high);
  const targetLength = f64x2.add(targetLow, targetHigh);
  const longer = f64x2.add(maxWide(length, targetLength), eps);
  const difference = f64x2.sub(length, targetLength);
  const omega = f64x2.div(f64x2.abs(difference), longer);
  const shape = expm1Wide(f64x2.neg(omega));
  const shape2 = f64x2.mul(shape, shape);
  const byOmega = f64x2.mul(f64x2.mul(two, f64x2.mul(shape2, shape)), f64x2.add(one, shape));
  const share = f64x2.mul(omega, isLarger(length, targetLength));
  const byLength = f64x2.mul(byOmega, f64x2.div(f64x2.sub(signWide(difference), share), longer));

  const costs = f64x2.sub(f64x2.mul(shape2, shape2), distance);
  v128.store(record, f64x2.sub(v128.load(record), f64x2.mul(costs, f64x2.splat(0.5))));
  const twice = f64x2.div(f64x2.mul(byRho, two), square);
  const byOffset = f64x2.mul(twice, offset);
  const byOuter = f64x2.neg(f64x2.mul(f64x2.mul(twice, rho), outer));
  addSides(record + row, low, high, targetLow, targetHigh, byLength, byOuter, byOffset);
  return f64x2.mul(decay, rho);
}

/**
 * Turns IoU into SIoU = IoU − (Δ + Ω)/2, Δ and Ω being the costs of distance and shape over both axes. Λ = sin 2α, α being
 * the angle between an axis and the line of the centres.
 *
 * @param box record as in `iouLanes`
 * @param l t r b the sides of the targets
 * Source: Gevorgyan, arXiv:2205.12740, with a shape power of 4.
 */
export function takeAngleCosts(box: usize, l: v128, t: v128, r: v128, b: v128, record: usize): void {
  const left = v128.load(box);
  const top = v128.load(box, 16);
  const right = v128.load(box, 32);
  const bottom = v128.load(box, 48);
  const dx = offsetOf(left, right, l, r);
  const dy = offsetOf(top, bottom, t, b);
  const squares = f64x2.add(f64x2.mul(dx, dx), f64x2.mul(dy, dy));
  const square = f64x2.add(squares, f64x2.splat(EPS));
  const angle = f64x2.div(f64x2.abs(f64x2.mul(dx, dy)), square); // Λ/2
  const gamma = f64x2.mul(f64x2.sub(f64x2.splat(1), angle), f64x2.splat(2));
  const byX = axisCosts(left, right, l, r, dx, gamma, record, 16);
  const byY = axisCosts(top, bottom, t, b, dy, gamma, record, 32);
  const byAngle = f64x2.add(byX, byY);
  const zero = f64x2.splat(0);
  const byDx = f64x2.mul(byAngle, angleGradient(angle, dx, dy, square));
  const byDy = f64x2.mul(byAngle, angleGradient(angle, dy, dx, square));
  addSides(record + 16, left, right, l, r, zero, zero, byDx);
  addSides(record + 32, top, bottom, t, b, zero, zero, byDy);
}
