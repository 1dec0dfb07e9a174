// import lib/math

/// exp(x) − 1 for x ≤ 0, which keeps its digits when it is small: 2^n·(e^f − 1) + (2^n − 1) with |f| ≤ ½·log 2.
fn expm1_poly(x: f32) -> f32 {
  let bounded = max(x, EXP_MIN);
  let n = floor(bounded * LOG2E + 0.5);
  let f = (bounded - n * LN2_HIGH) - n * LN2_LOW;
  // The error of eight terms of the series is 3e-9
  var p = 1.0 + f * (1.0 / 8.0);
  p = 1.0 + f * (1.0 / 7.0) * p;
  p = 1.0 + f * (1.0 / 6.0) * p;
  p = 1.0 + f * (1.0 / 5.0) * p;
  p = 1.0 + f * (1.0 / 4.0) * p;
  p = 1.0 + f * (1.0 / 3.0) * p;
  p = 1.0 + f * (1.0 / 2.0) * p;
  let power = bitcast<f32>((127 + i32(n)) << 23u);
  return power * (p * f) + (power - 1.0);
}
