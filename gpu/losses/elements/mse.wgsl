// import lib/ieee
// (x − t)².

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let difference = sum_bits(x, negated(t));
  return LossBits(product_bits(difference, difference), sum_bits(difference, difference));
}
