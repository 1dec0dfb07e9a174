// import lib/lanes
// exp, log and atan by polynomials. The errors of WGSL's own functions may be far larger than float32's rounding, and
// differ by device.

const LOG2E = 1.44269504;
const LN2 = 0.693147181;
// log 2 in two parts. The first has few bits, so its multiples are exact (Cody and Waite).
const LN2_HIGH = 0.693145752;
const LN2_LOW = 1.42860677e-6;
/// Bounds of the argument of exp, beyond which it keeps its value: it is neither denormal nor infinite.
const EXP_MIN = -86.0;
const EXP_MAX = 87.0;

/// 1.5·2^23. A number added to it is rounded to an integer, which the lowest bits of the sum hold.
const ROUNDER = 12582912.0;
const ROUNDER_BITS = 0x4b400000;

/// exp(x) for x within the bounds, with a relative error below 3e-7. The polynomial for e^f on [−ln 2 / 2, ln 2 / 2] is
/// minimax (Remez), 7.5e-8.
fn exp_within(x: Real) -> Real {
  let rounded = bitcast<Int>(x * LOG2E + Real(ROUNDER));
  let n = Real(rounded - Int(ROUNDER_BITS));
  let f = (x - n * LN2_HIGH) - n * LN2_LOW;
  var p = 0.008297655 * f + Real(0.04191538);
  p = p * f + Real(0.16667575);
  p = p * f + Real(0.49998894);
  p = p * f + Real(0.99999964);
  p = p * f + Real(1.0);
  return bitcast<Real>(bitcast<Int>(p) + (rounded << Word(23u)));
}

fn exp_poly(x: Real) -> Real {
  return exp_within(clamp(x, Real(EXP_MIN), Real(EXP_MAX)));
}

/// 2·atanh(s) for |s| < 0.172.
fn log_series(s: Real) -> Real {
  let z = s * s;
  var p = z * (2.0 / 9.0) + Real(2.0 / 7.0);
  p = p * z + Real(2.0 / 5.0);
  p = p * z + Real(2.0 / 3.0);
  return (p * z + Real(2.0)) * s;
}

/// log(1 + q) for q ≥ 0, with a relative error below 3e-7 also for small q.
fn log1p_poly(q: Real) -> Real {
  let bits = bitcast<Int>(q + Real(1.0));
  let exponent = (bits - Int(0x3f3504f3)) >> Word(23u);
  let mantissa = bitcast<Real>(bits - (exponent << Word(23u)));
  let above = select(mantissa - Real(1.0), q, exponent == Int(0));
  return Real(exponent) * LN2 + log_series(above / (above + Real(2.0)));
}

/// log(u) for normal u > 0.
fn log_poly(u: Real) -> Real {
  let bits = bitcast<Int>(u);
  let exponent = (bits - Int(0x3f3504f3)) >> Word(23u);
  let above = bitcast<Real>(bits - (exponent << Word(23u))) - Real(1.0);
  return Real(exponent) * LN2 + log_series(above / (above + Real(2.0)));
}

/// |atan(y / x)|, the angle between the vector (x, y) and the x axis, in [0, π/2]; (0, 0) gives 0. The argument is reduced
/// to [−tan π/8, tan π/8], where the error of eight terms of the series is 3e-8.
fn angle(x: f32, y: f32) -> f32 {
  let tan_eighth = 0.414213562;
  let small = min(abs(x), abs(y));
  let large = max(max(abs(x), abs(y)), 1.17549435e-38);
  let r = (small - large * tan_eighth) / (large + small * tan_eighth);
  let z = r * r;
  var p = 1.0 / 13.0 - z * (1.0 / 15.0);
  p = 1.0 / 11.0 - z * p;
  p = 1.0 / 9.0 - z * p;
  p = 1.0 / 7.0 - z * p;
  p = 1.0 / 5.0 - z * p;
  p = 1.0 / 3.0 - z * p;
  p = 1.0 - z * p;
  let octant = 0.392699082 + r * p;
  return select(octant, 1.57079633 - octant, abs(y) > abs(x));
}
