// import lib/logistic
// |q − p|^β · BCE with soft targets q. At p = q, the gradient of a cusp (β < 1) is taken as 0.
// Source: Li et al., arXiv:2006.04388, eq. 2.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let q = finite(t);
  let not_q = 1.0 - q;
  let own = logistic_of(finite(x));
  let missed = p_less_target(finite(x), own, q);
  let factor = power_of(abs(missed), task.whole, task.rest);
  if ((special_of(x) | special_of(t)) != 0u) {
    let entropy = entropy_of_odd(x, t, sum_bits(ONE_BITS, negated(t)));
    return LossBits(product_bits(bitcast<u32>(factor), entropy.value), NAN_BITS);
  }
  let loss = q * own.missed + not_q * own.excess;
  let rise = select(own.p * own.complement / missed, 0.0, missed == 0.0);
  let by_loss = not_q * own.p - q * own.complement;
  return loss_bits(factor * loss, factor * (task.power * rise * loss + by_loss));
}
