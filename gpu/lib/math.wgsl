// exp, log and atan by polynomials: those of WGSL may be off by far more than float32's rounding, and by
// another amount on every device.

const LOG2E = 1.44269504;
const LN2 = 0.693147181;
// log 2 in two parts; multiples of the first, of few bits, are exact (Cody and Waite).
const LN2_HIGH = 0.693145752;
const LN2_LOW = 1.42860677e-6;
/// exp beyond these bounds is that at the bound: neither denormal nor infinite.
const EXP_MIN = -86.0;
const EXP_MAX = 87.0;

/// Relative error below 3e-7 within the bounds. 2^f on [−½, ½] is minimax (Remez), 7.5e-8.
fn exp_poly(x: f32) -> f32 {
  let bounded = clamp(x, EXP_MIN, EXP_MAX);
  let n = round(bounded * LOG2E);
  let f = ((bounded - n * LN2_HIGH) - n * LN2_LOW) * LOG2E;
  var p = 0.0013276472 * f + 0.009675541;
  p = p * f + 0.055507131;
  p = p * f + 0.2402212;
  p = p * f + 0.69314694;
  p = p * f + 1.0;
  return bitcast<f32>(bitcast<i32>(p) + (i32(n) << 23u));
}

/// 2·atanh(s) for |s| < 0.172.
fn log_series(s: f32) -> f32 {
  let z = s * s;
  var p = z * (2.0 / 9.0) + 2.0 / 7.0;
  p = p * z + 2.0 / 5.0;
  p = p * z + 2.0 / 3.0;
  return (p * z + 2.0) * s;
}

/// log(1 + q) for q ≥ 0, relative error below 3e-7 also for small q.
fn log1p_poly(q: f32) -> f32 {
  let bits = bitcast<i32>(q + 1.0);
  let exponent = (bits - 0x3f3504f3) >> 23u;
  let mantissa = bitcast<f32>(bits - (exponent << 23u));
  let above = select(mantissa - 1.0, q, exponent == 0);
  return f32(exponent) * LN2 + log_series(above / (above + 2.0));
}

/// log(u) for normal u > 0.
fn log_poly(u: f32) -> f32 {
  let bits = bitcast<i32>(u);
  let exponent = (bits - 0x3f3504f3) >> 23u;
  let above = bitcast<f32>(bits - (exponent << 23u)) - 1.0;
  return f32(exponent) * LN2 + log_series(above / (above + 2.0));
}

/// |atan(y / x)|, the angle between the vector (x, y) and the x axis, in [0, π/2]; (0, 0) gives 0.
/// Reduced to [−tan π/8, tan π/8], where eight terms of the series leave 3e-8.
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
