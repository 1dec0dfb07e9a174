// import lib/dispatch
// import lib/elements
// import lib/ieee
// import lib/part
// import lib/partial
// import losses/element
// Values and gradient of an elementwise loss, and the sums of its values. A file of elements/ declares the loss: `loss_of`.

struct ElementwiseUniforms {
  @size(48) part: Part,
  /// Index of the part's first element in the tensor.
  first: u32,
  /// Periods with which weights, and weights of positives, repeat.
  weights: u32,
  pos_weights: u32,
  alpha: f32,
  /// γ or β; `whole` + `rest` is the same number.
  power: f32,
  whole: u32,
  rest: f32,
  delta: f32,
  /// Derivative of Huber's loss beyond δ, and two divisors of its derivative within.
  steep: f32,
  divisor: f32,
  other_divisor: f32,
  /// Factor of the weights of negatives (BCE) or positives (varifocal), whose counterparts are in the same unit.
  one: f32,
}

@group(0) @binding(0) var<uniform> task: ElementwiseUniforms;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  var flags = 0u;
  var sum = 0.0;
  // Two elements of a thread are a workgroup apart
  for (var k = 0u; k < ELEMENTS_A_THREAD; k++) {
    let i = (group * ELEMENTS_A_THREAD + k) * WORKGROUP + lane;
    if (i >= task.part.count) { break; }
    let own = loss_of(inputs[task.part.input_base + i], targets[task.part.target_base + i], task.first + i);
    store_grad(i, product_bits(own.slope, bitcast<u32>(task.part.scale)));
    store_value(i, own.value);
    let special = special_of(own.value);
    flags |= special;
    if (special == 0u) { sum += bitcast<f32>(own.value); }
  }
  let total = workgroup_sum(sum, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let is_used = group * ELEMENTS_A_THREAD * WORKGROUP < task.part.count;
  store_partial(task.part.slot + group, vec4(total, 0.0, 0.0, 0.0), flags, lane, is_used);
}
