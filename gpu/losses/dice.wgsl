// import lib/dispatch
// import lib/elements
// import lib/ieee
// import lib/logistic
// import lib/part
// import lib/filled
// Dice loss (Σ p(1 − t) + t(1 − p)) / (Σ p + Σ t + smooth) of every row and its gradient, from the sums of dice-sums.
// Source: Milletari et al., arXiv:1606.04797, with Σ p and Σ t in place of the sums of squares.

struct DiceUniforms {
  /// Part of the rows, each of which has a partial sum.
  @size(48) part: Part,
  length: u32,
  stretches: u32,
  smooth_by: f32,
}

@group(0) @binding(0) var<uniform> task: DiceUniforms;
@group(0) @binding(6) var<storage, read> sums: array<Partial>;

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
    own += bitcast<vec2<f32>>(part.sums.xy);
    if (part.flags != 0u) { atomicOr(&shared_flags, part.flags); }
  }
  let differences = workgroup_sum(own.x, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let sizes = workgroup_sum(own.y, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  if (lane == 0u) { shared_totals = array(differences, sizes + task.smooth_by); }
  workgroupBarrier();
  // If no p and no target is a normal number, the loss is Σ p / Σ p, or 0 / 0
  let is_empty = shared_totals[1] == 0.0;
  let size = select(shared_totals[1], 1.0, is_empty);
  let value = select(shared_totals[0] / size, 1.0, is_empty);
  let flags = atomicLoad(&shared_flags);
  let is_lost = (flags & IS_NAN) != 0u || (is_empty && (flags & IS_FILLED) == 0u);
  if (lane == 0u && is_used && group % task.stretches == 0u) {
    let bits = bits_or_nan(value, is_lost);
    store_value(row, bits);
    partials[task.part.slot + row] = Partial(vec4(select(bits, 0u, is_lost), 0u, 0u, 0u), special_of(bits));
  }
  for (var k = 0u; k < ELEMENTS_A_THREAD; k++) {
    let i = ((group % task.stretches) * ELEMENTS_A_THREAD + k) * WORKGROUP + lane;
    if (i >= task.length || !is_used) { break; }
    let at = row * task.length + i;
    let logistic = logistic_of(finite(inputs[task.part.input_base + at]));
    let t = finite(targets[task.part.target_base + at]);
    let by_p = ((1.0 - 2.0 * t) - value) / size;
    let slope = by_p * logistic.p * logistic.complement;
    store_grad(at, product_bits(bits_or_nan(slope, is_lost), bitcast<u32>(task.part.scale)));
  }
}
