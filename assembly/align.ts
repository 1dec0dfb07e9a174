import { expWide, loadWide, logWide, softplusWide } from './lib/f64x2';

/**
 * Alignment p^alpha · overlap^beta of two candidates; 0^0 = 1. NaN, which must not pass unseen, becomes
 * infinity and so the first choice of its target.
 *
 * p^alpha is taken as exp(−alpha · softplus(−logit)), which cannot underflow early.
 */
// @ts-ignore: decorator
@inline
export function alignment2(logit: v128, overlap: v128, alpha: f64, beta: f64): v128 {
  let exponent = f64x2.mul(softplusWide(f64x2.neg(logit)), f64x2.splat(-alpha));
  let apart = f64x2.splat(0);
  if (beta != 0) {
    exponent = f64x2.add(exponent, f64x2.mul(logWide(overlap), f64x2.splat(beta)));
    apart = f64x2.le(overlap, f64x2.splat(0));
  }
  // x − x is 0 for a finite x and NaN otherwise.
  const finite = f64x2.eq(f64x2.sub(overlap, overlap), f64x2.sub(logit, logit));
  const alignment = v128.bitselect(expWide(exponent), f64x2.splat(Infinity), finite);
  return v128.andnot(alignment, apart);
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
