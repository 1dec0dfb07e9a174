// import lib/dispatch
// import lib/ieee
// import lib/part
// import lib/partial
// import losses/element
// Values and gradient of a loss of every element by itself, and the sums of the values. The loss is `loss_of`.

struct Task {
  part: Part,
  /// Index of the part's first element in the tensor.
  first: u32,
  /// Weights and, behind them, positives' weights repeat with these periods.
  weights: u32,
  pos_weights: u32,
  alpha: f32,
  /// γ or β, and the same as `whole` + `rest`.
  power: f32,
  whole: u32,
  rest: f32,
  delta: f32,
  factor: f32,
}

@group(0) @binding(0) var<uniform> task: Task;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  var flags = 0u;
  var sum = 0.0;
  // A thread's elements are a workgroup apart
  for (var k = 0u; k < K; k++) {
    let i = (group * K + k) * WORKGROUP + lane;
    if (i >= task.part.count) { break; }
    let own = loss_of(inputs[task.part.input_base + i], targets[task.part.target_base + i], task.first + i);
    grads[task.part.grad_base + i] = product_bits(own.slope, bitcast<u32>(task.part.scale));
    if (task.part.has_values == 1u) { values[task.part.value_base + i] = own.value; }
    let special = special_of(own.value);
    flags |= special;
    if (special == 0u) { sum += bitcast<f32>(own.value); }
  }
  let total = workgroup_sum(sum, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let is_used = group * K * WORKGROUP < task.part.count;
  store_partial(task.part.slot + group, vec3(total, 0.0, 0.0), flags, lane, is_used);
}
