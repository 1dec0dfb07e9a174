// import lib/ieee
// max(0, 1 − t·x)² for targets ±1.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let shortfall = sum_bits(ONE_BITS, negated(product_bits(t, x)));
  if (!is_positive(shortfall) && !is_nan(shortfall)) { return LossBits(0u, 0u); }
  let doubled = sum_bits(shortfall, shortfall);
  return LossBits(product_bits(shortfall, shortfall), product_bits(doubled, negated(t)));
}
