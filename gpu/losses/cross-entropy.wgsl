// import lib/class-target-kinds
// import lib/dispatch
// import lib/ieee
// import lib/math
// import lib/part
// import lib/partial
// import lib/rows
// Softmax cross-entropy of every row, −Σ over classes of (hot · q + spread) · log p, and its gradient.
// Sources: PyTorch, cross_entropy; Li et al., arXiv:2006.04388, eq. 6.

/// Least distance of a target in bins from the last bin.
const MARGIN = 0.01;

struct CrossEntropyUniforms {
  /// Part of the rows.
  @size(48) part: Part,
  classes: u32,
  /// Number of rows whose classes are interleaved: input is [outer, classes, inner].
  inner: u32,
  /// INDICES: one i32 per row; a row of −1 does not count. PROBABILITIES: shaped as the input. BINS: one f32 per row.
  kind: u32,
}

@group(0) @binding(0) var<uniform> task: CrossEntropyUniforms;
/// [2, classes]: hot, then spread.
@group(0) @binding(6) var<storage, read> weights: array<f32>;

/// Bits of q of class c. @param at its element in the input
fn share_of(row: u32, at: u32, c: u32) -> u32 {
  if (task.kind == PROBABILITIES) { return targets[task.part.target_base + at]; }
  let own = targets[task.part.target_base + row];
  if (task.kind == INDICES) { return select(0u, ONE_BITS, own == c); }
  if (special_of(own) != 0u) { return NAN_BITS; }
  let goal = min(max(bitcast<f32>(own), 0.0), f32(task.classes - 1u) - MARGIN);
  return bitcast<u32>(max(1.0 - abs(goal - f32(c)), 0.0));
}

/// hot · q + spread of class c, with 0 for a q that is not finite. @param at its element in the input
fn weight_of(row: u32, at: u32, c: u32) -> f32 {
  return weights[c] * finite(share_of(row, at, c)) + weights[task.classes + c];
}

/// exp(x − largest), 0 for an x of −∞.
fn exponential(bits: u32, largest: f32) -> f32 {
  let difference = finite(bits) - largest;
  if (difference <= EXP_MIN || special_of(bits) == IS_MINUS_INFINITE) { return 0.0; }
  return exp_poly(difference);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let row = group * ROWS_A_GROUP + lane / ROW_THREADS;
  let first_class = lane % ROW_THREADS;
  let classes = select(0u, task.classes, row < task.part.count);
  let start = (row / task.inner) * task.classes * task.inner + row % task.inner;

  var largest = Largest(LEAST, first_class);
  // Numbers of logits that are NaN, ∞ and −∞; sum of weights
  var counts = vec4(0.0);
  for (var c = first_class; c < classes; c += ROW_THREADS) {
    let at = start + c * task.inner;
    let bits = inputs[task.part.input_base + at];
    let special = special_of(bits);
    let x = select(finite(bits), -LEAST, special == IS_INFINITE);
    if (x > largest.value && special != IS_MINUS_INFINITE) { largest = Largest(x, c); }
    let is_lost = special == IS_NAN || special_of(share_of(row, at, c)) != 0u;
    let lost = select(0.0, 1.0, is_lost);
    let up = select(0.0, 1.0, special == IS_INFINITE);
    let down = select(0.0, 1.0, special == IS_MINUS_INFINITE);
    counts += vec4(lost, up, down, weight_of(row, at, c));
  }
  largest = row_largest(largest, lane);
  counts = row_sum(counts, lane);
  let is_lost = counts.x > 0.0 || counts.y > 1.0 || counts.z == f32(task.classes);
  let has_infinite = counts.y == 1.0;
  let total = counts.w;

  // Sum over all logits but the largest, so that 1 − p keeps its digits for a class that is nearly certain
  var others = vec4(0.0);
  for (var c = first_class; c < classes; c += ROW_THREADS) {
    let bits = inputs[task.part.input_base + start + c * task.inner];
    if (c != largest.index) { others.x += exponential(bits, largest.value); }
  }
  others = row_sum(others, lane);
  let log_sum = log1p_poly(others.x);
  let inverse = 1.0 / (1.0 + others.x);
  let counts_row = task.kind != INDICES || targets[task.part.target_base + min(row, task.part.count - 1u)] != 0xffffffffu;

  // The value, and whether it is NaN or infinite
  var value = vec4(0.0);
  for (var c = first_class; c < classes; c += ROW_THREADS) {
    let at = start + c * task.inner;
    let bits = inputs[task.part.input_base + at];
    let weight = weight_of(row, at, c);
    let difference = finite(bits) - largest.value;
    let is_first = c == largest.index;
    let p = select(exponential(bits, largest.value), 1.0, is_first) * inverse;
    let rest = select(1.0 - p, others.x * inverse, is_first);
    let slope = p * (total - weight) - weight * rest;
    let is_nan_slope = is_lost || (has_infinite && is_first);
    let slope_bits = product_bits(bits_or_nan(slope, is_nan_slope), bitcast<u32>(task.part.scale));
    store_grad(at, select(0u, slope_bits, counts_row));
    // An infinite logit of a class with weight 0 does not count
    if (weight != 0.0) {
      let is_infinite_term = special_of(bits) == IS_MINUS_INFINITE || (has_infinite && !is_first);
      let term = select(weight * (log_sum - difference), 0.0, is_infinite_term);
      value += vec4(term, select(0.0, 1.0, is_infinite_term), select(0.0, 1.0, is_nan_slope), 0.0);
    }
  }
  value = row_sum(value, lane);
  var bits = bitcast<u32>(value.x);
  if (value.y > 0.0) { bits = INFINITY_BITS; }
  if (is_lost || value.z > 0.0) { bits = NAN_BITS; }
  if (!counts_row) { bits = 0u; }
  let is_mine = row < task.part.count && first_class == 0u;
  if (is_mine) { store_value(row, bits); }
  let special = select(0u, special_of(bits), is_mine);
  let sum = workgroup_sum(select(0.0, finite(bits), is_mine && special == 0u), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(task.part.slot + group, vec4(sum, 0.0, 0.0, 0.0), special, lane, group * ROWS_A_GROUP < task.part.count);
}
