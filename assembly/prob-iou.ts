import { expm1Wide } from './lib/expm1';
import { add, div, expWide, log1pWide, maxWide, minWide, mul, sub } from './lib/f64x2';

/** Number added to determinants, to the logarithm's argument and under the root; also the least distance. */
const EPS: f64 = 1e-7;
/** Largest Bhattacharyya distance; e^−100 is negligible beside EPS. */
const FARTHEST: f64 = 100;

/** Bytes of a record of two pairs: similarity, then its gradient by x, y, width, height and angle. */
export const PROB_IOU_BYTES: usize = 6 * 16;

// @ts-ignore: decorator
@inline
function times(a: v128, factor: f64): v128 {
  return f64x2.mul(a, f64x2.splat(factor));
}

// @ts-ignore: decorator
@inline
function square(a: v128): v128 {
  return f64x2.mul(a, a);
}

/** a with the sign of b; 0 where b is 0. */
// @ts-ignore: decorator
@inline
function signed(a: v128, b: v128): v128 {
  const turned = v128.xor(a, v128.and(b, f64x2.splat(-0.0)));
  return v128.and(turned, f64x2.ne(b, f64x2.splat(0)));
}

/**
 * ProbIoU of two pairs of rotated boxes, taken as Gaussians of variance size²/12 along their sides:
 * 1 − √(1 − e^−D_B + eps). D_B is their Bhattacharyya distance, clamped to [eps, 100]; outside, the gradient is 0.
 *
 * Covariances cancel badly for boxes that are long or nearly equal. Therefore determinants are sums of squares in the boxes'
 * own axes, in which they do not turn with the boxes; D − 4·√(det·det'), which is 0 for equal shapes, is computed first;
 * and logarithm and exponential are those that are exact near 0.
 *
 * @param dx dy prediction's centre minus target's
 * @param cos sin of the prediction's angle
 * @param otherWidth … the target's, same units
 * @param record f64 [6, 2] → similarity, then, where `backward`, ∂similarity/∂(x, y, width, height, angle) of the
 *   prediction
 * Source: Llerena et al., arXiv:2106.06072
 */
export function probIouLanes(
  dx: v128,
  dy: v128,
  width: v128,
  height: v128,
  cos: v128,
  sin: v128,
  otherWidth: v128,
  otherHeight: v128,
  otherCos: v128,
  otherSin: v128,
  record: usize,
  backward: bool,
): void {
  const eps = f64x2.splat(EPS);
  const one = f64x2.splat(1);
  // Variances of both boxes, and offsets along their sides.
  const a = times(square(width), 1.0 / 12.0);
  const b = times(square(height), 1.0 / 12.0);
  const along = add(mul(dx, cos), mul(dy, sin));
  const across = sub(mul(dy, cos), mul(dx, sin));
  const otherA = times(square(otherWidth), 1.0 / 12.0);
  const otherB = times(square(otherHeight), 1.0 / 12.0);
  const otherAlong = add(mul(dx, otherCos), mul(dy, otherSin));
  const otherAcross = sub(mul(dy, otherCos), mul(dx, otherSin));
  const own = add(mul(b, square(along)), mul(a, square(across)));
  const other = add(mul(otherB, square(otherAlong)), mul(otherA, square(otherAcross)));
  const form = add(own, other);

  const w1 = f64x2.abs(width);
  const h1 = f64x2.abs(height);
  const w2 = f64x2.abs(otherWidth);
  const h2 = f64x2.abs(otherHeight);
  const cosTurn = add(mul(cos, otherCos), mul(sin, otherSin));
  const sinTurn = sub(mul(sin, otherCos), mul(cos, otherSin));
  const cos2 = square(cosTurn);
  const sin2 = square(sinTurn);
  const areas = sub(mul(w1, h1), mul(w2, h2));
  const crossed = sub(mul(w1, h2), mul(h1, w2));
  const parallel = sub(mul(w1, w2), mul(h1, h2));
  const squares = add(square(areas), add(mul(cos2, square(crossed)), mul(sin2, square(parallel))));
  const excess = times(squares, 1.0 / 144.0);
  const root = times(mul(mul(w1, h1), mul(w2, h2)), 1.0 / 144.0);
  const determinant = add(excess, times(root, 4));

  const spread = times(add(determinant, eps), 4);
  const centre = div(form, spread);
  const scale = add(times(root, 4), eps);
  const relative = div(sub(excess, eps), scale);
  const inner = add(relative, eps);
  const distance = add(centre, times(log1pWide(inner), 0.5));
  const clamped = minWide(maxWide(distance, eps), f64x2.splat(FARTHEST));
  const hellinger = f64x2.sqrt(sub(eps, expm1Wide(f64x2.neg(clamped))));
  v128.store(record, sub(one, hellinger));
  if (!backward) return;

  // ∂similarity = −e^−D_B/(2·hellinger) · ∂D_B; ∂D_B comes from the form, from D and from the root.
  const outside = v128.or(f64x2.lt(distance, eps), f64x2.gt(distance, f64x2.splat(FARTHEST)));
  const decay = div(expWide(f64x2.neg(clamped)), times(hellinger, -2));
  const byDistance = v128.andnot(decay, outside);
  const byForm = div(byDistance, spread);
  const byShape = div(byDistance, times(mul(add(one, inner), scale), 2));
  const byDeterminant = times(mul(byForm, centre), -4);
  const byExcess = add(byDeterminant, byShape);
  const byRoot = times(sub(byDeterminant, mul(byShape, relative)), 4);

  const byX = sub(mul(mul(b, along), cos), mul(mul(a, across), sin));
  const otherX = sub(mul(mul(otherB, otherAlong), otherCos), mul(mul(otherA, otherAcross), otherSin));
  const byY = add(mul(mul(b, along), sin), mul(mul(a, across), cos));
  const otherY = add(mul(mul(otherB, otherAlong), otherSin), mul(mul(otherA, otherAcross), otherCos));
  v128.store(record, times(mul(byForm, add(byX, otherX)), 2), 16);
  v128.store(record, times(mul(byForm, add(byY, otherY)), 2), 32);

  const crossed2 = mul(cos2, crossed);
  const parallel2 = mul(sin2, parallel);
  const areaWidth = add(mul(areas, h1), add(mul(crossed2, h2), mul(parallel2, w2)));
  const areaHeight = sub(sub(mul(areas, w1), mul(crossed2, w2)), mul(parallel2, h2));
  const area2 = times(mul(w2, h2), 1.0 / 144.0);
  const shapeWidth = add(mul(byExcess, times(areaWidth, 1.0 / 72.0)), mul(byRoot, mul(h1, area2)));
  const shapeHeight = add(mul(byExcess, times(areaHeight, 1.0 / 72.0)), mul(byRoot, mul(w1, area2)));
  const formWidth = times(mul(byForm, mul(width, square(across))), 1.0 / 6.0);
  const formHeight = times(mul(byForm, mul(height, square(along))), 1.0 / 6.0);
  v128.store(record, add(formWidth, signed(shapeWidth, width)), 48);
  v128.store(record, add(formHeight, signed(shapeHeight, height)), 64);

  const stretch = times(mul(sub(a, b), sub(otherA, otherB)), 2);
  const byTurn = mul(byExcess, mul(stretch, mul(sinTurn, cosTurn)));
  const formAngle = times(mul(byForm, mul(mul(along, across), sub(b, a))), 2);
  v128.store(record, add(formAngle, byTurn), 80);
}
