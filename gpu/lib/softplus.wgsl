// import lib/bits
// import lib/math
// Class loss and gradient of logits whose target is 0. A logit comes as bits, of which |x| is held to a finite
// number and the sign kept apart: nothing here can make NaN or infinity.

struct Logit {
  magnitude: Real,
  is_negative: Bool,
}

struct Term {
  loss: Real,
  slope: Real,
}

/// 1e38.
const HUGE_BITS = 0x7e967699u;

fn logit_of(bits: Word) -> Logit {
  let magnitude = bitcast<Real>(min(bits & Word(MAGNITUDE), Word(HUGE_BITS)));
  return Logit(magnitude, (bits >> Word(31u)) != Word(0u));
}

/// max(x, 0).
fn linear_part(x: Logit) -> Real {
  return select(x.magnitude, Real(0.0), x.is_negative);
}

/// exp(−|x|).
fn decay(x: Logit) -> Real {
  return exp_poly(-x.magnitude);
}

/// sigmoid(x) of e = exp(−|x|).
fn sigmoid_of(x: Logit, e: Real) -> Real {
  return select(Real(1.0), e, x.is_negative) / (Real(1.0) + e);
}

/// p^gamma · softplus(x), the background of focal and varifocal loss.
/// Sources: Lin et al., arXiv:1708.02002; Zhang et al., arXiv:2008.13367.
fn modulated(x: Logit, gamma: f32) -> Term {
  let e = decay(x);
  let p = sigmoid_of(x, e);
  let complement = select(e, Real(1.0), x.is_negative) / (Real(1.0) + e);
  let log1p = log1p_poly(e);
  let loss = linear_part(x) + log1p;
  let minus_log_p = select(Real(0.0), x.magnitude, x.is_negative) + log1p;
  let factor = select(exp_poly(-gamma * minus_log_p), Real(1.0), Bool(gamma == 0.0));
  // ∂(p^γ·softplus) = p^γ·(γ(1 − p)·softplus + p)
  return Term(factor * loss, factor * (gamma * complement * loss + p));
}
