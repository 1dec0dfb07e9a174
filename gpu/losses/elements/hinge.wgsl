// import lib/ieee
// max(0, 1 − t·x) for targets ±1. The gradient is 0 where t·x = 1.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let shortfall = sum_bits(ONE_BITS, negated(product_bits(t, x)));
  if (is_positive(shortfall)) { return LossBits(shortfall, negated(t)); }
  return LossBits(select(0u, NAN_BITS, is_nan(shortfall)), 0u);
}
