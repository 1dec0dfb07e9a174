import { hornerStep as step } from './f64x2';

/**
 * exp(x) − 1 of two float64 lanes, which keeps its digits near 0: 2^n·(e^f − 1) + (2^n − 1) with |f| ≤ ½ log 2. Ten terms
 * of e^f − 1 have an error of 6e-13. Results are at most 2^1023. NaN stays NaN.
 */
export function expm1Wide(x: v128): v128 {
  const exact = f64x2.mul(x, f64x2.splat(1.4426950408889634));
  const bounded = f64x2.pmin(f64x2.pmax(exact, f64x2.splat(-1021)), f64x2.splat(1023));
  const n = f64x2.nearest(bounded);
  // x − n·log 2 in two parts, the first of which is exact (Cody and Waite).
  const near = v128.bitselect(x, f64x2.mul(bounded, f64x2.splat(0.6931471805599453)), f64x2.eq(exact, bounded));
  const high = f64x2.sub(near, f64x2.mul(n, f64x2.splat(0.6931471803691238)));
  const f = f64x2.sub(high, f64x2.mul(n, f64x2.splat(1.9082149292705877e-10)));
  let p = f64x2.splat(1.0 / 3628800.0);
  p = step(p, f, 1.0 / 362880.0);
  p = step(p, f, 1.0 / 40320.0);
  p = step(p, f, 1.0 / 5040.0);
  p = step(p, f, 1.0 / 720.0);
  p = step(p, f, 1.0 / 120.0);
  p = step(p, f, 1.0 / 24.0);
  p = step(p, f, 1.0 / 6.0);
  p = step(p, f, 0.5);
  p = step(p, f, 1);
  // 1.5 · 2^52 leaves the integer n in the low mantissa bits.
  const bits = f64x2.add(n, f64x2.splat(6755399441055744));
  const power = i64x2.add(i64x2.shl(bits, 52), f64x2.splat(1));
  return f64x2.add(f64x2.mul(power, f64x2.mul(p, f)), f64x2.sub(power, f64x2.splat(1)));
}
