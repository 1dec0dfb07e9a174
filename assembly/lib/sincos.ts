import { hornerStep as step } from './f64x2';

// π/2 in three parts: n times the first two is exact for n below 2^20.
const HALF_PI_1: f64 = 1.5707963267341256;
const HALF_PI_2: f64 = 6.077100506303966e-11;
const HALF_PI_3: f64 = 2.0222662487959506e-21;

/**
 * Cosine and sine of two float64 lanes of angles in radians, by series on [−π/4, π/4], to 4e-13. Beyond a million radians,
 * where a float32 angle has no meaning any more, they are those of another angle. Infinity gives NaN.
 *
 * @param out f64 [2, 2] → cosine, sine
 */
export function cosSinWide(angle: v128, out: usize): void {
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
