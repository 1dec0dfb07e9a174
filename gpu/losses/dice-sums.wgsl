// import lib/dispatch
// import lib/filled
// import lib/elements
// import lib/logistic
// import lib/partial
// Sums of Dice loss over parts of a row: Σ p(1 − t) + t(1 − p), in which nothing cancels if masks agree, and Σ p + t,
// with p = sigmoid(x).

struct DiceSumsUniforms {
  rows: u32,
  /// Number of elements of a row.
  length: u32,
  /// Number of workgroups that share a row: each takes ELEMENTS_A_THREAD · WORKGROUP elements.
  stretches: u32,
  input_base: u32,
  target_base: u32,
}

@group(0) @binding(0) var<uniform> task: DiceSumsUniforms;
@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
/// [rows, stretches], the two sums, and the flags IS_NAN and IS_FILLED.
@group(0) @binding(3) var<storage, read_write> partials: array<Partial>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let row = group / task.stretches;
  var flags = 0u;
  var difference = 0.0;
  var size = 0.0;
  for (var k = 0u; k < ELEMENTS_A_THREAD; k++) {
    let i = ((group % task.stretches) * ELEMENTS_A_THREAD + k) * WORKGROUP + lane;
    if (i >= task.length || row >= task.rows) { break; }
    let x = inputs[task.input_base + row * task.length + i];
    let t = targets[task.target_base + row * task.length + i];
    let own = logistic_of(finite(x));
    let goal = finite(t);
    difference += own.p * (1.0 - goal) + goal * own.complement;
    size += own.p + goal;
    flags |= select(0u, IS_NAN, is_nan(x) || special_of(t) != 0u);
    flags |= select(0u, IS_FILLED, !is_zero(t) || is_nan(x) || finite(x) >= LEAST_LOGIT);
  }
  let differences = workgroup_sum(difference, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let sizes = workgroup_sum(size, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(group, vec4(differences, sizes, 0.0, 0.0), flags, lane, row < task.rows);
}
