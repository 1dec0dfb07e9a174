// import lib/logistic
// α_t · (1 − p_t)^γ · BCE with soft targets q: 1 − p_t = q(1 − p) + (1 − q)p, α_t = qα + (1 − q)(1 − α).
// Source: Lin et al., arXiv:1708.02002, eq. 5.

fn loss_of(x: u32, t: u32, i: u32) -> LossBits {
  let q = finite(t);
  let not_q = 1.0 - q;
  let own = logistic_of(finite(x));
  let missed = q * own.complement + not_q * own.p;
  let balance = q * task.alpha + not_q * (1.0 - task.alpha);
  let weight = balance * power_of(missed, task.whole, task.rest);
  if ((special_of(x) | special_of(t)) != 0u) {
    let entropy = entropy_of_odd(x, t, sum_bits(ONE_BITS, negated(t)));
    return LossBits(product_bits(bitcast<u32>(weight), entropy.value), NAN_BITS);
  }
  // The base of the power is negative for a target beyond [0, 1]
  if (missed < 0.0 && task.rest != 0.0) { return LossBits(NAN_BITS, NAN_BITS); }
  let loss = q * own.missed + not_q * own.excess;
  // ∂log(1 − p_t) = (1 − 2q)·p(1 − p)/(1 − p_t); if 1 − p_t = 0, the loss is 0, too
  let variance = own.p * own.complement;
  let divisor = select(max(missed, 1.17549435e-38), missed, missed < 0.0);
  let rise = select(0.0, (not_q - q) * variance / divisor, missed != 0.0);
  let by_loss = not_q * own.p - q * own.complement;
  return loss_bits(weight * loss, weight * (task.power * rise * loss + by_loss));
}
