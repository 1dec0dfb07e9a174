import { expWide, loadWide, logWide, softplusWide } from './lib/f64x2';

/** Powers that are multiplied out. */
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

/** overlap^beta, 0^0 = 1: whole powers by multiplication, others as exp(beta · log). */
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
 * Alignment p^alpha · overlap^beta of two candidates; 0^0 = 1. NaN, which must not pass unseen, becomes
 * infinity and so the first choice of its target.
 *
 * Neither power underflows before the alignment does, which is then 0: there are no denormal alignments.
 */
// @ts-ignore: decorator
@inline
export function alignment2(logit: v128, overlap: v128, alpha: f64, beta: f64): v128 {
  const alignment = f64x2.mul(probabilityPower(logit, alpha), overlapPower(overlap, beta));
  const none = f64x2.lt(alignment, f64x2.splat(f64.MIN_NORMAL_VALUE));
  // x − x is 0 for a finite x and NaN otherwise.
  const finite = f64x2.eq(f64x2.sub(overlap, overlap), f64x2.sub(logit, logit));
  return v128.bitselect(v128.andnot(alignment, none), f64x2.splat(Infinity), finite);
}

/**
 * Alignment of a target's candidates.
 *
 * @param logits f32 [n], of the target's class
 * @param overlaps f32 [n], in [0, 1]
 * @param alignments f64 [n]; all three hold one value more when n is odd
 * Source: Feng et al., arXiv:2108.07755, eq. 2.
 */
export function align(
  logits: usize,
  overlaps: usize,
  count: i32,
  alpha: f64,
  beta: f64,
  alignments: usize,
): void {
  for (let i = 0; i < count; i += 2) {
    const logit = loadWide(logits + (<usize>i << 2));
    const overlap = loadWide(overlaps + (<usize>i << 2));
    v128.store(alignments + (<usize>i << 3), alignment2(logit, overlap, alpha, beta));
  }
}
