// import lib/logistic
// q · BCE where the soft target q is above 0, else α · p^γ · BCE.
// Source: Zhang et al., arXiv:2008.13367, eq. 2.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let q = finite(t);
  let own = logistic_of(finite(x));
  let is_positive_target = q > 0.0;
  let negative = task.alpha * power_of(own.p, task.whole, task.rest);
  let weight = select(negative, q * task.one, is_positive_target);
  if ((special_of(x) | special_of(t)) != 0u) {
    let entropy = entropy_of_odd(x, t, sum_bits(ONE_BITS, negated(t)));
    let factor = bitcast<u32>(weight);
    let slope = select(NAN_BITS, product_bits(factor, entropy.slope), is_positive_target);
    return LossBits(product_bits(factor, entropy.value), slope);
  }
  let loss = q * own.missed + (1.0 - q) * own.excess;
  let by_power = select(task.power * own.complement * loss, 0.0, is_positive_target);
  let by_loss = (1.0 - q) * own.p - q * own.complement;
  return loss_bits(weight * loss, weight * (by_power + by_loss));
}
