// import lib/logistic
// import lib/weights
// weight · (−posWeight·t·log p − (1 − t)·log(1 − p)), p = sigmoid(x).

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let weight = weight_of(i);
  let pos_weight = pos_weight_of(i);
  if ((special_of(x) | special_of(t)) != 0u) {
    let negative = product_bits(sum_bits(ONE_BITS, negated(t)), bitcast<u32>(task.one));
    let own = entropy_of_odd(x, product_bits(t, bitcast<u32>(pos_weight)), negative);
    let factor = bitcast<u32>(weight);
    return LossBits(product_bits(own.value, factor), product_bits(own.slope, factor));
  }
  let q = bitcast<f32>(t);
  let own = logistic_of(bitcast<f32>(x));
  let positive = pos_weight * q;
  let negative = (1.0 - q) * task.one;
  let value = positive * own.missed + negative * own.excess;
  return loss_bits(weight * value, weight * (negative * own.p - positive * own.complement));
}
