// import lib/ieee
// |x − t|. The gradient is 0 where x = t.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let difference = sum_bits(x, negated(t));
  return LossBits(difference & MAGNITUDE, sign_bits(difference));
}
