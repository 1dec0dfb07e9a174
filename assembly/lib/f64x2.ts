// exp, log, softplus and atan of two float64 lanes, for alignments and for the positives. They are accurate to 1e-10, a
// thousandth of float32's rounding, so that a float32 result has no other error than its rounding.

// The four operations by short names, for formulas of many operations.
// @ts-ignore: decorator
@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

// @ts-ignore: decorator
@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

// @ts-ignore: decorator
@inline
export function div(a: v128, b: v128): v128 {
  return f64x2.div(a, b);
}

/** Two float32 values at `pointer`, widened. */
// @ts-ignore: decorator
@inline
export function loadWide(pointer: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(pointer));
}

/** Stores both lanes as two float32 values at `pointer`. */
// @ts-ignore: decorator
@inline
export function storeNarrow(pointer: usize, lanes: v128): void {
  v128.store64_lane(pointer, f32x4.demote_f64x2_zero(lanes), 0);
}

/** Two float32 values from anywhere, widened. */
// @ts-ignore: decorator
@inline
export function loadWidePair(low: usize, high: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_lane(high, v128.load32_zero(low), 1));
}

/** Both lanes to float32 values anywhere. */
// @ts-ignore: decorator
@inline
export function storeNarrowPair(low: usize, high: usize, lanes: v128): void {
  const narrow = f32x4.demote_f64x2_zero(lanes);
  v128.store32_lane(low, narrow, 0);
  v128.store32_lane(high, narrow, 1);
}

/** Two float64 values from anywhere. */
// @ts-ignore: decorator
@inline
export function loadPair(low: usize, high: usize): v128 {
  return v128.load64_lane(high, v128.load64_zero(low), 1);
}

/** Four float32 lanes as two float64 sums of two. */
// @ts-ignore: decorator
@inline
export function widen(lanes: v128): v128 {
  const high = i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  return f64x2.add(f64x2.promote_low_f32x4(lanes), f64x2.promote_low_f32x4(high));
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

/** −1, 0 or 1; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function signWide(x: v128): v128 {
  const one = v128.or(f64x2.splat(1), v128.and(x, f64x2.splat(-0.0)));
  // x · 0 is 0 or NaN
  return v128.bitselect(one, f64x2.mul(x, f64x2.splat(0)), f64x2.gt(f64x2.abs(x), f64x2.splat(0)));
}

const LOG2E: usize = memory.data<f64>([1.4426950408889634, 1.4426950408889634], 16);
const EXPONENT_MIN: usize = memory.data<f64>([-1021, -1021], 16);
const EXPONENT_MAX: usize = memory.data<f64>([1023, 1023], 16);
// 1.5 · 2^52: adding it rounds to an integer and leaves that integer in the low mantissa bits.
const ROUND: usize = memory.data<f64>([6755399441055744, 6755399441055744], 16);
// 2^f on [−½, ½], of degree 7, minimax in relative error (Remez): 4.7e-11. The constant is held at 1, so that
// the largest of a softmax is exact, and with it how little is left to the others.
const EXP2_0: usize = memory.data<f64>([1, 1], 16);
const EXP2_1: usize = memory.data<f64>([0.693147180704455816, 0.693147180704455816], 16);
const EXP2_2: usize = memory.data<f64>([0.24022651066587021, 0.24022651066587021], 16);
const EXP2_3: usize = memory.data<f64>([0.0555041036615074026, 0.0555041036615074026], 16);
const EXP2_4: usize = memory.data<f64>([0.00961803812919353765, 0.00961803812919353765], 16);
const EXP2_5: usize = memory.data<f64>([0.00133339349524525099, 0.00133339349524525099], 16);
const EXP2_6: usize = memory.data<f64>([0.000154667570733228698, 0.000154667570733228698], 16);
const EXP2_7: usize = memory.data<f64>([1.51961773488283028e-5, 1.51961773488283028e-5], 16);

/** a · b + c; rounded once where the build has relaxed SIMD and the machine a fused multiply-add. */
// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** p · x + c. */
// @ts-ignore: decorator
@inline
export function hornerStep(p: v128, x: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, x), f64x2.splat(c));
}

/** p · x + the constants at `c`, with a fused multiply-add where there is one. */
// @ts-ignore: decorator
@inline
function step(p: v128, x: v128, c: usize): v128 {
  return madd(p, x, v128.load(c));
}

/** 2^t for t in [−1021, 1023]. NaN stays NaN. */
// @ts-ignore: decorator
@inline
function exp2Wide(t: v128): v128 {
  const rounded = f64x2.add(t, v128.load(ROUND));
  const f = f64x2.sub(t, f64x2.sub(rounded, v128.load(ROUND)));
  // By Estrin's scheme, whose chain is half as long as Horner's.
  const square = f64x2.mul(f, f);
  const c01 = step(v128.load(EXP2_1), f, EXP2_0);
  const c23 = step(v128.load(EXP2_3), f, EXP2_2);
  const c45 = step(v128.load(EXP2_5), f, EXP2_4);
  const c67 = step(v128.load(EXP2_7), f, EXP2_6);
  const low = madd(c23, square, c01);
  const high = madd(c67, square, c45);
  const p = madd(high, f64x2.mul(square, square), low);
  return i64x2.add(p, i64x2.shl(rounded, 52));
}

/** exp(x) for x ≤ 0, at least 2^−1021. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function decayWide(x: v128): v128 {
  return exp2Wide(maxWide(f64x2.mul(x, v128.load(LOG2E)), v128.load(EXPONENT_MIN)));
}

/**
 * exp(x). Results below 2^−1021, close to the smallest normal number, are 0; results are at most 2^1023. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function expWide(x: v128): v128 {
  const exact = f64x2.mul(x, v128.load(LOG2E));
  const bounded = minWide(maxWide(exact, v128.load(EXPONENT_MIN)), v128.load(EXPONENT_MAX));
  return v128.andnot(exp2Wide(bounded), f64x2.lt(exact, bounded));
}

// 2·atanh(s)/s by s² where s² ≤ ((√2 − 1)/(√2 + 1))², minimax in relative error (Remez): 4.3e-12.
const LOG_1: usize = memory.data<f64>([2.00000000000842404, 2.00000000000842404], 16);
const LOG_3: usize = memory.data<f64>([0.66666665240455755, 0.66666665240455755], 16);
const LOG_5: usize = memory.data<f64>([0.400003858687167261, 0.400003858687167261], 16);
const LOG_7: usize = memory.data<f64>([0.28534985939305472, 0.28534985939305472], 16);
const LOG_9: usize = memory.data<f64>([0.236174657232585696, 0.236174657232585696], 16);

/** log(x) for normal x > 0: exponent · log 2 plus the atanh series of the mantissa in [√½, √2). */
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
  let p = step(v128.load(LOG_9), z, LOG_7);
  p = step(p, z, LOG_5);
  p = step(p, z, LOG_3);
  p = step(p, z, LOG_1);
  return f64x2.add(f64x2.mul(exponent, f64x2.splat(0.6931471805599453)), f64x2.mul(s, p));
}

/** log(1 + q) for finite q > −1, without losing a small q. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function log1pWide(q: v128): v128 {
  const u = f64x2.add(q, f64x2.splat(1));
  const lost = f64x2.sub(q, f64x2.sub(u, f64x2.splat(1)));
  return f64x2.add(logWide(u), f64x2.div(lost, u));
}

// 2·atanh(s)/s by s² where s² ≤ 1/9, minimax in relative error (Remez): 2.5e-12.
const LOG1P_1: usize = memory.data<f64>([2.000000000005028, 2.000000000005028], 16);
const LOG1P_3: usize = memory.data<f64>([0.6666666622735105, 0.6666666622735105], 16);
const LOG1P_5: usize = memory.data<f64>([0.40000062536621994, 0.40000062536621994], 16);
const LOG1P_7: usize = memory.data<f64>([0.28568102766081105, 0.28568102766081105], 16);
const LOG1P_9: usize = memory.data<f64>([0.22305875775065248, 0.22305875775065248], 16);
const LOG1P_11: usize = memory.data<f64>([0.17116535668295518, 0.17116535668295518], 16);
const LOG1P_13: usize = memory.data<f64>([0.2187860544389805, 0.2187860544389805], 16);

/** log(1 + q) for q in [0, 1], without losing a small q: 2·atanh(q/(2 + q)). NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function log1pUnitWide(q: v128): v128 {
  const s = f64x2.div(q, f64x2.add(q, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  let p = step(v128.load(LOG1P_13), z, LOG1P_11);
  p = step(p, z, LOG1P_9);
  p = step(p, z, LOG1P_7);
  p = step(p, z, LOG1P_5);
  p = step(p, z, LOG1P_3);
  p = step(p, z, LOG1P_1);
  return f64x2.mul(s, p);
}

/** log(1 + e^x), without overflow and without losing a small e^x. */
export function softplusWide(x: v128): v128 {
  const e = decayWide(f64x2.neg(f64x2.abs(x)));
  // (|x| + x) / 2 is max(x, 0), but NaN for −∞, as x · 0 is in PyTorch.
  return f64x2.add(f64x2.mul(f64x2.add(f64x2.abs(x), x), f64x2.splat(0.5)), log1pWide(e));
}

// atan(r)/r by r² for |r| ≤ tan π/8, minimax in relative error (Remez): 2.6e-14.
const ATAN_1: usize = memory.data<f64>([0.999999999999974391, 0.999999999999974391], 16);
const ATAN_3: usize = memory.data<f64>([-0.333333333308892173, -0.333333333308892173], 16);
const ATAN_5: usize = memory.data<f64>([0.199999996153227145, 0.199999996153227145], 16);
const ATAN_7: usize = memory.data<f64>([-0.14285690907776359, -0.14285690907776359], 16);
const ATAN_9: usize = memory.data<f64>([0.111103960828050853, 0.111103960828050853], 16);
const ATAN_11: usize = memory.data<f64>([-0.0907852885164507621, -0.0907852885164507621], 16);
const ATAN_13: usize = memory.data<f64>([0.0756464310451815928, 0.0756464310451815928], 16);
const ATAN_15: usize = memory.data<f64>([-0.0587786761043664184, -0.0587786761043664184], 16);
const ATAN_17: usize = memory.data<f64>([0.030711328569535385, 0.030711328569535385], 16);

/** Angle between the vector (x, y) and the x axis, in [0, π]: |atan2(y, x)|. It is 0 for (0, 0). */
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
  const z = f64x2.mul(r, r);
  let p = step(v128.load(ATAN_17), z, ATAN_15);
  p = step(p, z, ATAN_13);
  p = step(p, z, ATAN_11);
  p = step(p, z, ATAN_9);
  p = step(p, z, ATAN_7);
  p = step(p, z, ATAN_5);
  p = step(p, z, ATAN_3);
  p = step(p, z, ATAN_1);
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

/** log(x) of any float32, widened: −∞ for 0 and NaN below. */
// @ts-ignore: decorator
@inline
export function logAnyWide(x: v128): v128 {
  const zero = f64x2.splat(0);
  const isUsual = v128.and(f64x2.gt(x, zero), f64x2.lt(x, f64x2.splat(Infinity)));
  // √x is NaN below 0; ±0 − 1/0 is −∞, and ∞ is itself
  const unusual = f64x2.sub(f64x2.sqrt(x), v128.and(f64x2.splat(Infinity), f64x2.eq(x, zero)));
  return v128.bitselect(logWide(x), unusual, isUsual);
}

/**
 * base^(whole + rest); 0^0 is 1, and a fractional power of a negative number is NaN.
 *
 * @param whole number of factors that are multiplied out
 * @param rest at least 0, both lanes equal
 */
// @ts-ignore: decorator
@inline
export function powerWide(base: v128, whole: i32, rest: v128): v128 {
  let result = f64x2.splat(1);
  for (let i = 0; i < whole; i++) result = f64x2.mul(result, base);
  if (f64x2.extract_lane(rest, 0) == 0) return result;
  const zero = f64x2.splat(0);
  const root = v128.andnot(expWide(f64x2.mul(logWide(base), rest)), f64x2.eq(base, zero));
  // All bits set: NaN
  return f64x2.mul(result, v128.or(root, f64x2.lt(base, zero)));
}
