// import lib/dispatch
// import lib/ieee
// import lib/logistic
// import lib/part
// Dice loss (Σ p(1 − t) + t(1 − p)) / (Σ p + Σ t + smooth) of every row and its gradient, from the sums of dice-sums.
// Source: Milletari et al., arXiv:1606.04797, with Σ p and Σ t in place of the sums of squares.

struct Task {
  /// Of rows, with a partial sum each.
  part: Part,
  length: u32,
  stretches: u32,
  smooth_by: f32,
}

@group(0) @binding(0) var<uniform> task: Task;
@group(0) @binding(6) var<storage, read> sums: array<vec4<u32>>;

var<workgroup> shared_flags: atomic<u32>;
var<workgroup> shared_totals: array<f32, 2>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let row = group / task.stretches;
  let is_used = row < task.part.count;
  var own = vec2(0.0);
  for (var s = lane; s < task.stretches && is_used; s += WORKGROUP) {
    let part = sums[row * task.stretches + s];
    own += bitcast<vec2<f32>>(part.xy);
    if (part.w != 0u) { atomicOr(&shared_flags, part.w); }
  }
  let differences = workgroup_sum(own.x, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let sizes = workgroup_sum(own.y, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  if (lane == 0u) { shared_totals = array(differences, sizes + task.smooth_by); }
  workgroupBarrier();
  // Where no p is a normal number, and no target: Σ p / Σ p
  let is_empty = shared_totals[1] == 0.0;
  let size = select(shared_totals[1], 1.0, is_empty);
  let value = select(shared_totals[0] / size, 1.0, is_empty);
  let is_lost = atomicLoad(&shared_flags) != 0u;
  if (lane == 0u && is_used && group % task.stretches == 0u) {
    let bits = bits_or_nan(value, is_lost);
    if (task.part.has_values == 1u) { values[task.part.value_base + row] = bits; }
    partials[task.part.slot + row] = vec4(select(bits, 0u, is_lost), 0u, 0u, special_of(bits));
  }
  for (var k = 0u; k < K; k++) {
    let i = ((group % task.stretches) * K + k) * WORKGROUP + lane;
    if (i >= task.length || !is_used) { break; }
    let at = row * task.length + i;
    let logistic = logistic_of(finite(inputs[task.part.input_base + at]));
    let t = finite(targets[task.part.target_base + at]);
    let by_p = ((1.0 - 2.0 * t) - value) / size;
    let slope = by_p * logistic.p * logistic.complement;
    grads[task.part.grad_base + at] = product_bits(bits_or_nan(slope, is_lost), bitcast<u32>(task.part.scale));
  }
}
