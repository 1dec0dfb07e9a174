import { expWide, loadWide, logWide, softplusWide } from './lib/f64x2';

/** Powers that are computed by multiplication. */
const WHOLE_POWERS: f64 = 64;

/** sigmoid(x)^alpha; below 2^−1021 it may be 0. */
// @ts-ignore: decorator
@inline
function probabilityPower(x: v128, alpha: f64): v128 {
  if (alpha == 0.5) {
    // √sigmoid(x) = min(1, e^(x/2)) / √(1 + e^−|x|), without a logarithm.
    const root = expWide(f64x2.mul(f64x2.abs(x), f64x2.splat(-0.5)));
    const one = f64x2.splat(1);
    const numerator = v128.bitselect(root, one, f64x2.lt(x, f64x2.splat(0)));
    return f64x2.div(numerator, f64x2.sqrt(f64x2.add(one, f64x2.mul(root, root))));
  }
  return expWide(f64x2.mul(softplusWide(f64x2.neg(x)), f64x2.splat(-alpha)));
}

/** overlap^beta: whole powers by multiplication, others as exp(beta · log). */
// @ts-ignore: decorator
@inline
function overlapPower(overlap: v128, beta: f64): v128 {
  if (beta <= WHOLE_POWERS && Math.floor(beta) == beta) {
    let power = f64x2.splat(1);
    let square = overlap;
    for (let rest = <i32>beta; rest > 0; rest >>= 1) {
      if (rest & 1) power = f64x2.mul(power, square);
      square = f64x2.mul(square, square);
    }
    return power;
  }
  const power = expWide(f64x2.mul(logWide(overlap), f64x2.splat(beta)));
  return v128.andnot(power, f64x2.le(overlap, f64x2.splat(0)));
}

/**
 * Alignment p^alpha · overlap^beta of two pairs; 0 if the overlap is 0, for all powers, or below 0, which means that the
 * anchor is no candidate. NaN of a candidate becomes infinity, so that its target selects it first and the loss shows
 * it.
 *
 * Neither power underflows before the alignment does, which is then 0: there are no denormal alignments.
 */
// @ts-ignore: decorator
@inline
export function alignment2(logit: v128, overlap: v128, alpha: f64, beta: f64): v128 {
  const alignment = f64x2.mul(probabilityPower(logit, alpha), overlapPower(overlap, beta));
  const apart = f64x2.eq(overlap, f64x2.splat(0));
  const none = v128.or(apart, f64x2.lt(alignment, f64x2.splat(f64.MIN_NORMAL_VALUE)));
  // x − x is 0 for a finite x and NaN otherwise.
  const finite = f64x2.eq(f64x2.sub(overlap, overlap), f64x2.sub(logit, logit));
  const own = v128.bitselect(v128.andnot(alignment, none), f64x2.splat(Infinity), finite);
  return v128.andnot(own, f64x2.lt(overlap, f64x2.splat(0)));
}
