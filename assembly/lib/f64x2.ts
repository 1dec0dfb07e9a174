// Two float64 lanes: exp, log, softplus, atan. For the positives, of which there are few: plain series,
// accurate to 1e-12 or better, so that what they add to a float32 result is its rounding alone.

/** Two float32 values at `pointer`, widened. */
// @ts-ignore: decorator
@inline
export function loadWide(pointer: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(pointer));
}

/** Both lanes to two float32 values at `pointer`. */
// @ts-ignore: decorator
@inline
export function storeNarrow(pointer: usize, lanes: v128): void {
  v128.store64_lane(pointer, f32x4.demote_f64x2_zero(lanes), 0);
}

// @ts-ignore: decorator
@inline
export function sumWide(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}

/** a ≥ b ? a : b; NaN in a stays. */
// @ts-ignore: decorator
@inline
export function maxWide(a: v128, b: v128): v128 {
  return f64x2.pmax(a, b);
}

/** a ≤ b ? a : b; NaN in a stays. */
// @ts-ignore: decorator
@inline
export function minWide(a: v128, b: v128): v128 {
  return f64x2.pmin(a, b);
}

// p · x + c
// @ts-ignore: decorator
@inline
function step(p: v128, x: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, x), f64x2.splat(c));
}

/**
 * exp(x) by the Taylor series of 2^f on [−½, ½]. Results below 2^−1021, next to the smallest normal number, are 0;
 * those above 2^1023 stop there. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function expWide(x: v128): v128 {
  const exact = f64x2.mul(x, f64x2.splat(1.4426950408889634));
  const bounded = minWide(maxWide(exact, f64x2.splat(-1021)), f64x2.splat(1023));
  const n = f64x2.nearest(bounded);
  const f = f64x2.mul(f64x2.sub(bounded, n), f64x2.splat(0.6931471805599453));
  let p = f64x2.splat(1.0 / 39916800.0);
  p = step(p, f, 1.0 / 3628800.0);
  p = step(p, f, 1.0 / 362880.0);
  p = step(p, f, 1.0 / 40320.0);
  p = step(p, f, 1.0 / 5040.0);
  p = step(p, f, 1.0 / 720.0);
  p = step(p, f, 1.0 / 120.0);
  p = step(p, f, 1.0 / 24.0);
  p = step(p, f, 1.0 / 6.0);
  p = step(p, f, 0.5);
  p = step(p, f, 1);
  p = step(p, f, 1);
  // 1.5 · 2^52 leaves the integer n in the low mantissa bits.
  const bits = f64x2.add(n, f64x2.splat(6755399441055744));
  const result = i64x2.add(p, i64x2.shl(bits, 52));
  return v128.andnot(result, f64x2.lt(exact, bounded));
}

/** log(x) for normal x > 0: exponent, and the atanh series of the mantissa in [√½, √2). */
export function logWide(x: v128): v128 {
  const shifted = i64x2.add(x, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e667f3bcd));
  const biased = i64x2.shr_u(shifted, 52);
  const m = i64x2.sub(x, i64x2.shl(i64x2.sub(biased, i64x2.splat(1023)), 52));
  // 2^52 with an integer in its mantissa, minus 2^52, is that integer as a double.
  const exponent = f64x2.sub(
    v128.or(biased, f64x2.splat(4503599627370496)),
    f64x2.splat(4503599627370496 + 1023),
  );
  const s = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  const z = f64x2.mul(s, s);
  let p = f64x2.splat(2.0 / 17.0);
  p = step(p, z, 2.0 / 15.0);
  p = step(p, z, 2.0 / 13.0);
  p = step(p, z, 2.0 / 11.0);
  p = step(p, z, 2.0 / 9.0);
  p = step(p, z, 2.0 / 7.0);
  p = step(p, z, 2.0 / 5.0);
  p = step(p, z, 2.0 / 3.0);
  p = step(p, z, 2.0);
  return f64x2.add(f64x2.mul(exponent, f64x2.splat(0.6931471805599453)), f64x2.mul(s, p));
}

/** log(1 + e^x), without overflow and without losing a small e^x. */
export function softplusWide(x: v128): v128 {
  const e = expWide(f64x2.neg(f64x2.abs(x)));
  const u = f64x2.add(e, f64x2.splat(1));
  const lost = f64x2.sub(e, f64x2.sub(u, f64x2.splat(1)));
  const log1p = f64x2.add(logWide(u), f64x2.div(lost, u));
  // (|x| + x) / 2 is max(x, 0), but NaN for −∞, which PyTorch's x · 0 gives too.
  return f64x2.add(f64x2.mul(f64x2.add(f64x2.abs(x), x), f64x2.splat(0.5)), log1p);
}

/** Angle of the vector (x, y) in [0, π], sign of y dropped: |atan2(y, x)|. (0, 0) gives 0. */
export function angleWide(x: v128, y: v128): v128 {
  const ax = f64x2.abs(x);
  const ay = f64x2.abs(y);
  const small = minWide(ax, ay);
  const large = maxWide(maxWide(ax, ay), f64x2.splat(f64.MIN_NORMAL_VALUE));
  // atan(small / large) = π/8 + atan of this, which lies within ± tan π/8.
  const tan = f64x2.splat(0.41421356237309503);
  const r = f64x2.div(
    f64x2.sub(small, f64x2.mul(large, tan)),
    f64x2.add(large, f64x2.mul(small, tan)),
  );
  const z = f64x2.neg(f64x2.mul(r, r));
  let p = f64x2.splat(1.0 / 29.0);
  for (let k = 27; k > 0; k -= 2) p = step(p, z, 1.0 / <f64>k);
  const octant = f64x2.add(f64x2.splat(0.39269908169872414), f64x2.mul(r, p));
  const quadrant = v128.bitselect(
    f64x2.sub(f64x2.splat(1.5707963267948966), octant),
    octant,
    f64x2.gt(ay, ax),
  );
  return v128.bitselect(
    f64x2.sub(f64x2.splat(3.141592653589793), quadrant),
    quadrant,
    f64x2.lt(x, f64x2.splat(0)),
  );
}
