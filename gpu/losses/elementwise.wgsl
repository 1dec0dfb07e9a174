// import lib/dispatch
// import lib/ieee
// import lib/partial
// import losses/element
// Values and gradient of a loss of every element by itself, and the sums of the values. The loss is `loss_of`.

struct Task {
  /// Elements of this part.
  count: u32,
  /// Index of the part's first element in the tensor.
  first: u32,
  input_base: u32,
  target_base: u32,
  grad_base: u32,
  /// Of the values, which are stored where `has_values` is 1.
  value_base: u32,
  has_values: u32,
  /// Of the part's first partial sum.
  slot: u32,
  /// 0, which the compiler cannot know.
  zero: u32,
  /// Of the slope.
  scale: f32,
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
@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> grads: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<u32>>;

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
    if (i >= task.count) { break; }
    let own = loss_of(inputs[task.input_base + i], targets[task.target_base + i], task.first + i);
    grads[task.grad_base + i] = product_bits(own.slope, bitcast<u32>(task.scale));
    if (task.has_values == 1u) { values[task.value_base + i] = own.value; }
    let special = special_of(own.value);
    flags |= special;
    if (special == 0u) { sum += bitcast<f32>(own.value); }
  }
  let total = workgroup_sum(sum, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let is_used = group * K * WORKGROUP < task.count;
  store_partial(task.slot + group, vec3(total, 0.0, 0.0), flags, lane, is_used);
}
