import { hornerStep as step } from './f64x2';

// π/2 in three parts: n times the first two is exact for n below 2^20.
const HALF_PI_1: f64 = 1.5707963267341256;
const HALF_PI_2: f64 = 6.077100506303966e-11;
const HALF_PI_3: f64 = 2.0222662487959506e-21;

/** Bound of angles whose number of quarter turns times the parts of π/2 is exact. */
const FAR: f64 = 1048576;
/** The first 192 bits of 2/π. */
const TWO_OVER_PI: usize = memory.data<u32>([0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041]);

/**
 * A float32 angle within half a turn, that is, less whole turns: the mantissa times 2/π in integers, in which the turns
 * overflow. NaN or infinity gives NaN.
 *
 * Source: Payne and Hanek, Radian reduction for trigonometric functions, 1983.
 */
function withinTurn(angle: f64): f64 {
  if (!(Math.abs(angle) >= FAR)) return angle;
  const bits = reinterpret<u32>(<f32>angle);
  const exponent = <i32>((bits >> 23) & 0xff) - 150;
  if (exponent > 104) return NaN;
  const mantissa = <u64>((bits & 0x7fffff) | 0x800000);
  // In units of 2^−62 quarter turns
  let quarters: u64 = 0;
  for (let word = 0; word < 6; word++) {
    const product = mantissa * <u64>load<u32>(TWO_OVER_PI + (<usize>word << 2));
    const shift = exponent + 62 - 32 * (word + 1);
    if (shift > -64 && shift < 64) quarters += shift < 0 ? product >> -shift : product << shift;
  }
  const turned = <f64><i64>quarters * (Math.PI / 2 / 4611686018427387904.0);
  return angle < 0 ? -turned : turned;
}

/**
 * Cosine and sine of two float64 lanes of angles in radians, by series on [−π/4, π/4], to 4e-13. Beyond a million radians
 * an angle has to be a float32. Infinity gives NaN.
 *
 * @param out f64 [2, 2] → cosine, sine
 */
export function cosSinWide(given: v128, out: usize): void {
  let angle = given;
  if (v128.any_true(f64x2.ge(f64x2.abs(angle), f64x2.splat(FAR)))) {
    const first = withinTurn(f64x2.extract_lane(angle, 0));
    angle = f64x2(first, withinTurn(f64x2.extract_lane(angle, 1)));
  }
  const n = f64x2.nearest(f64x2.mul(angle, f64x2.splat(0.6366197723675814)));
  let f = f64x2.sub(angle, f64x2.mul(n, f64x2.splat(HALF_PI_1)));
  f = f64x2.sub(f, f64x2.mul(n, f64x2.splat(HALF_PI_2)));
  f = f64x2.sub(f, f64x2.mul(n, f64x2.splat(HALF_PI_3)));
  f = f64x2.pmin(f64x2.pmax(f, f64x2.splat(-0.7853981633974483)), f64x2.splat(0.7853981633974483));
  const z = f64x2.neg(f64x2.mul(f, f));
  let sine = f64x2.splat(1.0 / 6227020800.0);
  sine = step(sine, z, 1.0 / 39916800.0);
  sine = step(sine, z, 1.0 / 362880.0);
  sine = step(sine, z, 1.0 / 5040.0);
  sine = step(sine, z, 1.0 / 120.0);
  sine = step(sine, z, 1.0 / 6.0);
  sine = f64x2.mul(step(sine, z, 1), f);
  let cosine = f64x2.splat(1.0 / 479001600.0);
  cosine = step(cosine, z, 1.0 / 3628800.0);
  cosine = step(cosine, z, 1.0 / 40320.0);
  cosine = step(cosine, z, 1.0 / 720.0);
  cosine = step(cosine, z, 1.0 / 24.0);
  cosine = step(cosine, z, 0.5);
  cosine = step(cosine, z, 1);
  // The low mantissa bits hold the quarter turns: an odd number swaps sine and cosine, the next bit changes signs.
  const turns = f64x2.add(n, f64x2.splat(6755399441055744));
  const isOdd = i64x2.ne(v128.and(turns, i64x2.splat(1)), i64x2.splat(0));
  const sineSign = i64x2.shl(i64x2.shr_u(turns, 1), 63);
  const cosineSign = i64x2.shl(i64x2.shr_u(i64x2.add(turns, i64x2.splat(1)), 1), 63);
  v128.store(out, v128.xor(v128.bitselect(sine, cosine, isOdd), cosineSign));
  v128.store(out, v128.xor(v128.bitselect(cosine, sine, isOdd), sineSign), 16);
}
