// import lib/dispatch
// import lib/pixels
// Gradient of weighted cross-entropy and Dice loss of softmax. With s the derivative of Dice loss with respect to p,
// ∂/∂x_c = w·(p_c − y_c) + p_c·(s_c − Σ s·p); the sum over the other classes is apart, so that nothing cancels.

struct SoftmaxGradUniforms {
  @size(32) pixels: Pixels,
  /// 1: some factor is NaN.
  is_lost: u32,
}

/// Derivatives of a class.
struct ClassFactor {
  /// Factor of the cross-entropy of the class's pixels.
  entropy: f32,
  /// Derivative of Dice loss with respect to p of the class in its own pixels.
  own: f32,
  /// That in all others.
  other: f32,
}

@group(0) @binding(0) var<uniform> task: SoftmaxGradUniforms;
/// [pixels]
@group(0) @binding(3) var<storage, read> rows: array<Softmax>;
/// [classes]
@group(0) @binding(4) var<storage, read> factors: array<ClassFactor>;
/// As `logits`.
@group(0) @binding(5) var<storage, read_write> grads: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixel = workgroup_index(workgroup) * WORKGROUP + lane;
  if (pixel >= task.pixels.count) { return; }
  let first = class_zero_of(pixel);
  let label = labels[pixel];
  let row = rows[pixel];
  let counts = label != NO_CLASS;
  let is_lost = task.is_lost == 1u || row.inverse == 0.0;
  var of_others = 0.0;
  for (var c = 0u; c < task.pixels.classes; c++) {
    if (c != label) { of_others += factors[c].other * exponential(logit_of(first, c), row.largest); }
  }
  of_others *= row.inverse;
  let own = factors[select(0u, label, counts)];
  let p = exponential(logit_of(first, select(0u, label, counts)), row.largest) * row.inverse;
  let own_grad = p * (own.own * row.rest - of_others) - own.entropy * row.rest;
  let shift = own.entropy - (of_others + own.own * p);
  let first_channel = task.pixels.classes - task.pixels.channels;
  for (var channel = 0u; channel < task.pixels.channels; channel++) {
    let c = first_channel + channel;
    let other = exponential(logit_of(first, c), row.largest) * row.inverse;
    let grad = select(other * (shift + factors[c].other), own_grad, c == label);
    let bits = select(bitcast<u32>(grad), NAN_BITS, is_lost);
    grads[task.pixels.grads_base + first + channel * task.pixels.area] = select(0u, bits, counts);
  }
}
