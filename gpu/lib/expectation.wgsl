// import lib/bits
// import lib/math

/// Softmax expectation of one side, and intermediate results for its gradient.
struct Expectation {
  /// Σ j·p_j, grid units; with one bin, the logit itself.
  distance: f32,
  /// Sum of exp(x_j − largest), which stay in `bins`.
  sum: f32,
  largest: f32,
  /// Flags of all logits, with IS_NAN if the distance is NaN.
  special: u32,
}

var<private> bins: array<f32, R>;

/// Softmax expectation of the bin index of one side. It is summed from the largest bin outwards, so that a sharp
/// distribution loses no digits. Reads `logits` of the pass, each once
/// unless one is −∞.
/// Source: Li et al., arXiv:2006.04388, eq. 4.
fn expectation(first: u32, stride: u32) -> Expectation {
  var special = 0u;
  var peak = 0u;
  var largest = LEAST;
  for (var j = 0u; j < R; j++) {
    let bits = logits[first + j * stride];
    let x = finite(bits);
    let own = special_of(bits);
    special |= own;
    bins[j] = x;
    if (x > largest && own != IS_MINUS_INFINITE) {
      largest = x;
      peak = j;
    }
  }
  if (R == 1u) {
    return Expectation(bins[0], 1.0, bins[0], select(0u, IS_NAN, special != 0u));
  }
  let has_none = (special & IS_MINUS_INFINITE) != 0u;
  var sum = 0.0;
  var weighted = 0.0;
  for (var j = 0u; j < R; j++) {
    let is_none = has_none && special_of(logits[first + j * stride]) == IS_MINUS_INFINITE;
    let e = select(exp_poly(bins[j] - largest), 0.0, is_none);
    bins[j] = e;
    sum += e;
    weighted += e * (f32(j) - f32(peak));
  }
  let none = (special & (IS_NAN | IS_INFINITE)) != 0u || sum == 0.0;
  special |= select(0u, IS_NAN, none);
  return Expectation(f32(peak) + weighted / select(sum, 1.0, none), sum, largest, special);
}
