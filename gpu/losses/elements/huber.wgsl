// import lib/ieee
// d²/2 where |d| < δ, else δ·(|d| − δ/2), d = x − t; with the divisor δ, both are divided by δ.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let bits = sum_bits(x, negated(t));
  let steep_slope = product_bits(sign_bits(bits), bitcast<u32>(task.steep));
  if (special_of(bits) != 0u) { return LossBits(bits & MAGNITUDE, steep_slope); }
  let difference = bitcast<f32>(bits);
  let size = abs(difference);
  if (size >= task.delta) {
    return LossBits(bitcast<u32>(task.steep * (size - task.delta * 0.5)), steep_slope);
  }
  let slope = difference / task.divisor / task.other_divisor;
  return loss_bits(slope * difference * 0.5, slope);
}
