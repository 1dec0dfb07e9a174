// import lib/ieee
// import lib/math
// The logistic function and its logarithm, computed from e = exp(−|x|).

struct Logistic {
  /// 1 / (1 + exp(−x)), and 1 − p; either keeps its digits when it is small.
  p: f32,
  complement: f32,
  /// −log p and −log(1 − p).
  missed: f32,
  excess: f32,
}

/// Magnitude of x beyond which e is 0.
const FARTHEST = 87.0;

fn logistic_of(x: f32) -> Logistic {
  let e = select(exp_poly(-abs(x)), 0.0, abs(x) > FARTHEST);
  let inverse = 1.0 / (1.0 + e);
  let small = e * inverse;
  let log1p = log1p_poly(e);
  let is_negative = x < 0.0;
  return Logistic(
    select(inverse, small, is_negative),
    select(small, inverse, is_negative),
    max(-x, 0.0) + log1p,
    max(x, 0.0) + log1p,
  );
}

/// p − q. For positive logits it uses the complement, as p itself is nearly 1 there.
fn p_less_target(x: f32, own: Logistic, q: f32) -> f32 {
  return select(own.p - q, (1.0 - q) - own.complement, x > 0.0);
}

/// Binary cross-entropy positive·(−log p) + negative·(−log(1 − p)) and its gradient, for an infinite or NaN x or weight.
fn entropy_of_odd(x: u32, positive: u32, negative: u32) -> LossBits {
  if (!is_infinite(x)) { return LossBits(NAN_BITS, NAN_BITS); }
  let is_up = x == INFINITY_BITS;
  let missed = select(INFINITY_BITS, 0u, is_up);
  let excess = select(0u, INFINITY_BITS, is_up);
  let value = sum_bits(product_bits(positive, missed), product_bits(negative, excess));
  let slope = select(negated(positive), negative, is_up);
  return LossBits(value, select(slope, NAN_BITS, is_nan(positive) || is_nan(negative)));
}

/// base^(whole + rest) for base ≥ 0; 0^0 = 1.
fn power_of(base: f32, whole: u32, rest: f32) -> f32 {
  var result = 1.0;
  for (var i = 0u; i < whole; i++) { result *= base; }
  if (rest == 0.0) { return result; }
  // A denormal number may count as 0
  if (base < 1.17549435e-38) { return 0.0; }
  return result * exp_poly(rest * log_poly(base));
}
