// import lib/ieee
// import lib/logarithm
// −t·log p − (1 − t)·log(1 − p) of probabilities p, with logarithms of at least −100. The gradient is
// (p − t) / max(p·(1 − p), 1e-12), even if a logarithm is clamped.

const LARGEST = 100.0;
const SMALLEST_VARIANCE = 1e-12;
/// 1 − 2^−24.
const LARGEST_BELOW_ONE = 0.99999994;
/// 2^−149 / SMALLEST_VARIANCE, the gradient at the smallest number.
const LEAST_SLOPE = 1.40129846e-33;

fn loss_of(p_bits: u32, t_bits: u32, i: u32) -> LossBits {
  let difference = sum_bits(p_bits, negated(t_bits));
  if (special_of(difference) != 0u) {
    return LossBits(NAN_BITS, product_bits(difference, bitcast<u32>(1.0 / SMALLEST_VARIANCE)));
  }
  let p = bitcast<f32>(p_bits);
  let t = bitcast<f32>(t_bits);
  var slope = bitcast<f32>(difference) / max(p * (1.0 - p), SMALLEST_VARIANCE);
  // Arithmetic may take a denormal number for 0
  if (p_bits < NORMAL_BITS && is_zero(t_bits)) { slope = f32(p_bits) * LEAST_SLOPE; }
  if (p < 0.0 || p > 1.0) { return LossBits(NAN_BITS, bitcast<u32>(slope)); }
  let hit = min(-log_of_bits(p_bits & MAGNITUDE), LARGEST);
  let miss = select(-log1p_poly(-min(p, LARGEST_BELOW_ONE)), LARGEST, p == 1.0);
  return loss_bits(t * hit + (1.0 - t) * miss, slope);
}
