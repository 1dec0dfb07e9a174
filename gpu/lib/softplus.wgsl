// import lib/math

/// What a logit whose target is 0 costs, and the gradient.
struct Term {
  loss: f32,
  slope: f32,
}

/// e = exp(−|x|) → sigmoid(x), without overflow.
fn sigmoid_of(x: f32, e: f32) -> f32 {
  return select(1.0, e, x < 0.0) / (1.0 + e);
}

/// p^gamma · softplus(x), the background of focal and varifocal loss.
/// Sources: Lin et al., arXiv:1708.02002; Zhang et al., arXiv:2008.13367.
fn modulated(x: f32, gamma: f32) -> Term {
  let e = exp_poly(-abs(x));
  let p = sigmoid_of(x, e);
  let log1p = log1p_poly(e);
  let loss = max(x, 0.0) + log1p;
  let factor = select(exp_poly(-gamma * (max(-x, 0.0) + log1p)), 1.0, gamma == 0.0);
  // ∂(p^γ·softplus) = p^γ·(γ(1 − p)·softplus + p)
  return Term(factor * loss, factor * (gamma * sigmoid_of(-x, e) * loss + p));
}
