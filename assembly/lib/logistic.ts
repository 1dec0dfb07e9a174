// The logistic function and binary cross-entropy of two float64 lanes, computed from e = exp(−|x|) and 1 / (1 + e).
import { decayWide, log1pUnitWide, maxWide } from './f64x2';

/** Beyond this |x|, e is 0, so that the complement of an infinite logit is exactly 0. */
const FARTHEST: usize = memory.data<f64>([707, 707], 16);

/** exp(−|x|), the `e` of the functions below. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exponentialOf(x: v128): v128 {
  const size = f64x2.abs(x);
  return v128.andnot(decayWide(f64x2.neg(size)), f64x2.gt(size, v128.load(FARTHEST)));
}

/** 1 / (1 + e), the `inverse` of the functions below. */
// @ts-ignore: decorator
@inline
export function inverseOf(e: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.add(one, e));
}

/** 1 / (1 + exp(−x)), without losing small results. */
// @ts-ignore: decorator
@inline
export function sigmoidOf(x: v128, e: v128, inverse: v128): v128 {
  return v128.bitselect(f64x2.mul(e, inverse), inverse, f64x2.lt(x, f64x2.splat(0)));
}

/** 1 / (1 + exp x). */
// @ts-ignore: decorator
@inline
export function complementOf(x: v128, e: v128, inverse: v128): v128 {
  return v128.bitselect(inverse, f64x2.mul(e, inverse), f64x2.lt(x, f64x2.splat(0)));
}

/**
 * Binary cross-entropy w·q·softplus(−x) + (1 − q)·softplus(x). Its two terms are computed separately, so that no digits
 * cancel for saturated logits.
 *
 * @param positive w·q
 * @param negative 1 − q
 */
// @ts-ignore: decorator
@inline
export function entropyOf(x: v128, e: v128, positive: v128, negative: v128): v128 {
  const zero = f64x2.splat(0);
  const log1p = log1pUnitWide(e);
  const missed = f64x2.add(maxWide(f64x2.neg(x), zero), log1p);
  const excess = f64x2.add(maxWide(x, zero), log1p);
  return f64x2.add(f64x2.mul(positive, missed), f64x2.mul(negative, excess));
}
