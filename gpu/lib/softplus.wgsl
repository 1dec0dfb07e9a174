// import lib/bits
// import lib/math
// Class loss and gradient of logits whose target is 0. A logit is given by its bits, which are clamped before any
// computation, so that no NaN or infinity arises.

struct Term {
  loss: Real,
  slope: Real,
}

const SIGN = 0x80000000u;
/// 1e38.
const HUGE_BITS = 0x7e967699;

/// Bits of −|x|: the larger |x| is, the larger they are as integers.
fn mirrored(bits: Word) -> Int {
  return bitcast<Int>(bits | Word(SIGN));
}

/// exp(−|x|), at least exp(EXP_MIN). @param x result of `mirrored`
fn decay(x: Int) -> Real {
  return exp_within(bitcast<Real>(min(x, bitcast<Int>(Real(EXP_MIN)))));
}

/// max(x, 0), at most 1e38.
fn linear_part(bits: Word) -> Real {
  return bitcast<Real>(clamp(bitcast<Int>(bits), Int(0), Int(HUGE_BITS)));
}

/// scale · sigmoid(x), computed from e = exp(−|x|).
fn sigmoid_of(bits: Word, e: Real, scale: f32) -> Real {
  return select(Real(scale), e * scale, bitcast<Int>(bits) < Int(0)) / (e + Real(1.0));
}

/// p^gamma · softplus(x), the background of focal and varifocal loss, computed from e = exp(−|x|).
/// Sources: Lin et al., arXiv:1708.02002; Zhang et al., arXiv:2008.13367.
fn modulated(bits: Word, e: Real, gamma: f32) -> Term {
  let p = sigmoid_of(bits, e, 1.0);
  let complement = sigmoid_of(bits ^ Word(SIGN), e, 1.0);
  let log1p = log1p_poly(e);
  let loss = linear_part(bits) + log1p;
  let minus_log_p = linear_part(bits ^ Word(SIGN)) + log1p;
  let factor = select(exp_poly(-gamma * minus_log_p), Real(1.0), Bool(gamma == 0.0));
  // ∂(p^γ·softplus) = p^γ·(γ(1 − p)·softplus + p)
  return Term(factor * loss, factor * (gamma * complement * loss + p));
}
