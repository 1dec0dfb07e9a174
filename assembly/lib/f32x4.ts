// exp, log and atan of four float32 lanes. Constants are loaded from memory, each as a full vector: a splat inside a hot
// loop costs up to half the throughput on V8.

const MAGNITUDE: usize = memory.data<u32>([0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff], 16);
export const LOG2E: usize = memory.data<f32>([1.44269504, 1.44269504, 1.44269504, 1.44269504], 16);
const LN2_HIGH: usize = memory.data<f32>([0.693145752, 0.693145752, 0.693145752, 0.693145752], 16);
const LN2_LOW: usize = memory.data<f32>([1.42860677e-6, 1.42860677e-6, 1.42860677e-6, 1.42860677e-6], 16);
const X_MIN: usize = memory.data<f32>([-69, -69, -69, -69], 16);
const EXPONENT_MIN: usize = memory.data<f32>([-100, -100, -100, -100], 16);
// 1.5 · 2^23: adding it rounds to an integer and leaves that integer in the low mantissa bits.
export const ROUND: usize = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);
// 2^f on [−½, ½], minimax in relative error (Remez), 7.5e-8.
export const EXP2_1: usize = memory.data<f32>([0.69314694, 0.69314694, 0.69314694, 0.69314694], 16);
export const EXP2_2: usize = memory.data<f32>([0.2402212, 0.2402212, 0.2402212, 0.2402212], 16);
export const EXP2_3: usize = memory.data<f32>([0.055507131, 0.055507131, 0.055507131, 0.055507131], 16);
export const EXP2_4: usize = memory.data<f32>([0.009675541, 0.009675541, 0.009675541, 0.009675541], 16);
export const EXP2_5: usize = memory.data<f32>([0.0013276472, 0.0013276472, 0.0013276472, 0.0013276472], 16);
export const ONE: usize = memory.data<f32>([1, 1, 1, 1], 16);

/** a · b + c; rounded once where the build has relaxed SIMD and the machine a fused multiply-add. */
// @ts-ignore: decorator
@inline
export function madd4(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** At LANES_BELOW + 16 − 4n: a vector whose low n lanes are set and whose others are clear. */
const LANES_BELOW: usize = memory.data<i32>([-1, -1, -1, -1, 0, 0, 0, 0], 16);

/** Mask of the first `count` (0 to 4) lanes. */
// @ts-ignore: decorator
@inline
export function firstLanes(count: i32): v128 {
  return v128.load(LANES_BELOW + ((4 - count) << 2));
}

/** Stores the first `count` (at most 4) lanes. */
// @ts-ignore: decorator
@inline
export function storeFirst(pointer: usize, lanes: v128, count: i32): void {
  if (count >= 4) {
    v128.store(pointer, lanes);
  } else {
    v128.store(pointer, v128.bitselect(lanes, v128.load(pointer), firstLanes(count)));
  }
}

// @ts-ignore: decorator
@inline
export function abs4(x: v128): v128 {
  return v128.and(x, v128.load(MAGNITUDE));
}

/**
 * 2^f · 2^n for f in [−½, ½], where `rounded` is n + ROUND and the constants are EXP2_1 to EXP2_5. It uses Estrin's scheme:
 * a chain of five products would keep so many vectors waiting that the processor runs out of room for more.
 */
// @ts-ignore: decorator
@inline
function scale2(f: v128, rounded: v128, one: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128): v128 {
  const square = f32x4.mul(f, f);
  const high = madd4(madd4(c5, f, c4), square, madd4(c3, f, c2));
  const p = madd4(high, square, madd4(c1, f, one));
  return i32x4.add(p, i32x4.shl(rounded, 23));
}

// @ts-ignore: decorator
@inline
function scaledExp2(f: v128, rounded: v128): v128 {
  return scale2(
    f,
    rounded,
    v128.load(ONE),
    v128.load(EXP2_1),
    v128.load(EXP2_2),
    v128.load(EXP2_3),
    v128.load(EXP2_4),
    v128.load(EXP2_5),
  );
}

/**
 * exp(x) for |x| ≤ 69, as accurate as `exp4`. The caller passes the constants: a loop that stores would load them again
 * unless they are in locals.
 */
// @ts-ignore: decorator
@inline
export function expWithin4(
  x: v128,
  log2e: v128,
  round: v128,
  one: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
): v128 {
  const rounded = madd4(x, log2e, round);
  const f = madd4(x, log2e, f32x4.sub(round, rounded));
  return scale2(f, rounded, one, c1, c2, c3, c4, c5);
}

/**
 * exp(x) for x ≤ 87; relative error below 2e-7 + 6e-8·|x|, which a sum over many x averages out. Results are at least
 * 2^−100, so that no product with a gradient's scale is denormal (denormals are a hundred times slower). NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const t = f32x4.pmax(f32x4.mul(x, v128.load(LOG2E)), v128.load(EXPONENT_MIN));
  const rounded = f32x4.add(t, v128.load(ROUND));
  return scaledExp2(f32x4.sub(t, f32x4.sub(rounded, v128.load(ROUND))), rounded);
}

/** exp(x) for x ≤ 87, as `exp4`, with a relative error below 3e-7 for any x at three more operations. */
// @ts-ignore: decorator
@inline
export function expExact4(x: v128): v128 {
  const bounded = f32x4.pmax(x, v128.load(X_MIN));
  const rounded = madd4(bounded, v128.load(LOG2E), v128.load(ROUND));
  const n = f32x4.sub(rounded, v128.load(ROUND));
  // x − n·log 2 in two parts, the first of which is exact (Cody and Waite).
  const high = f32x4.sub(bounded, f32x4.mul(n, v128.load(LN2_HIGH)));
  const rest = f32x4.sub(high, f32x4.mul(n, v128.load(LN2_LOW)));
  return scaledExp2(f32x4.mul(rest, v128.load(LOG2E)), rounded);
}

/** log(u) for normal u > 0, by the atanh series on [√½, √2): relative error below 2e-7. */
// @ts-ignore: decorator
@inline
function log4(u: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(u, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(u, i32x4.shl(exponent, 23));
  const s = f32x4.div(f32x4.sub(m, v128.load(ONE)), f32x4.add(m, v128.load(ONE)));
  const z = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.mul(z, f32x4.splat(2.0 / 9.0)), f32x4.splat(2.0 / 7.0));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(2.0 / 5.0));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(2.0 / 3.0));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(2.0));
  const e = f32x4.convert_i32x4_s(exponent);
  return f32x4.add(f32x4.mul(e, f32x4.splat(0.693147181)), f32x4.mul(p, s));
}

/** log(1 + q) for q ≥ 0; the rounding error of 1 + q is corrected to first order. */
// @ts-ignore: decorator
@inline
export function log1p4(q: v128): v128 {
  const u = f32x4.add(q, v128.load(ONE));
  const lost = f32x4.sub(q, f32x4.sub(u, v128.load(ONE)));
  return f32x4.add(log4(u), f32x4.div(lost, u));
}

const SMALLEST: usize = memory.data<f32>([1.17549435e-38, 1.17549435e-38, 1.17549435e-38, 1.17549435e-38], 16);
const TAN_OCTANT: usize = memory.data<f32>([0.414213562, 0.414213562, 0.414213562, 0.414213562], 16);
const EIGHTH_PI: usize = memory.data<f32>([0.392699082, 0.392699082, 0.392699082, 0.392699082], 16);
const HALF_PI: usize = memory.data<f32>([1.57079633, 1.57079633, 1.57079633, 1.57079633], 16);
// atan(r)/r − 1 by r² for |r| ≤ tan π/8, without a constant, minimax in relative error (Remez): 2.1e-8.
const ATAN_3: usize = memory.data<f32>([-0.333329491, -0.333329491, -0.333329491, -0.333329491], 16);
const ATAN_5: usize = memory.data<f32>([0.1997771, 0.1997771, 0.1997771, 0.1997771], 16);
const ATAN_7: usize = memory.data<f32>([-0.13877678, -0.13877678, -0.13877678, -0.13877678], 16);
const ATAN_9: usize = memory.data<f32>([0.0805372048, 0.0805372048, 0.0805372048, 0.0805372048], 16);

/**
 * Angle between the vector (x, y) and the x axis, in [0, π/2]: |atan(y / x)|, to 3e-8. It is 0 for (0, 0).
 */
// @ts-ignore: decorator
@inline
export function angle4(x: v128, y: v128): v128 {
  const ax = abs4(x);
  const ay = abs4(y);
  const small = f32x4.pmin(ax, ay);
  const large = f32x4.pmax(f32x4.pmax(ax, ay), v128.load(SMALLEST));
  // atan(small / large) = π/8 + atan of this, which lies within ± tan π/8.
  const tan = v128.load(TAN_OCTANT);
  const r = f32x4.div(
    f32x4.sub(small, f32x4.mul(large, tan)),
    f32x4.add(large, f32x4.mul(small, tan)),
  );
  const z = f32x4.mul(r, r);
  let p = madd4(v128.load(ATAN_9), z, v128.load(ATAN_7));
  p = madd4(p, z, v128.load(ATAN_5));
  p = madd4(p, z, v128.load(ATAN_3));
  p = madd4(p, z, v128.load(ONE));
  const octant = madd4(r, p, v128.load(EIGHTH_PI));
  return v128.bitselect(f32x4.sub(v128.load(HALF_PI), octant), octant, f32x4.gt(ay, ax));
}
