// import lib/ieee
// import lib/logarithm
// t·(log t − x) of log-probabilities x, which is 0 where t = 0.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let slope = negated(t);
  if (is_zero(t)) { return LossBits(0u, slope); }
  if (!is_positive(t)) { return LossBits(NAN_BITS, slope); }
  var log_t = t; // log ∞
  if (t < INFINITY_BITS) { log_t = bitcast<u32>(log_of_bits(t)); }
  return LossBits(product_bits(t, sum_bits(log_t, negated(x))), slope);
}
