// import lib/mask
// Gradient of the mask loss by the prototypes. A thread takes one pixel and goes through its image's positives in their
// order, so nothing of positives × pixels is stored, and there are no atomics. A dispatch writes MASK_BLOCK channels,
// every element once.
// Source: Bolya et al., arXiv:1904.02689

@group(0) @binding(0) var<uniform> task: MasksUniforms;
@group(0) @binding(1) var<storage, read> prototypes: array<u32>;
@group(0) @binding(2) var<storage, read> coefficients: array<u32>;
@group(0) @binding(3) var<storage, read> positives: array<MaskPositive>;
@group(0) @binding(4) var<storage, read> bits: array<u32>;
@group(0) @binding(5) var<storage, read_write> grads: array<u32>;

var<private> slopes: array<f32, MASK_BLOCK>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(workgroup) * WORKGROUP + lane;
  let plane = task.height * task.width;
  if (i >= task.images * plane) { return; }
  let image = i / plane;
  let at = vec2(i % plane % task.width, i % plane / task.width);
  let channels = min(task.channels - task.first_channel, MASK_BLOCK);
  for (var m = 0u; m < MASK_BLOCK; m++) { slopes[m] = 0.0; }
  // One bit per channel, set if its gradient is NaN
  var lost = 0u;
  for (var p = task.first; p < task.first + task.count; p++) {
    let positive = positives[p];
    if (positive.image != image || at.x < positive.left || at.x >= positive.right
      || at.y < positive.top || at.y >= positive.bottom) { continue; }
    let pixel = pixel_of(task, p, positive, at);
    if (pixel.lost) { lost = 0xffffffffu; }
    let slope = pixel.slope * positive.weight * task.scale;
    for (var m = 0u; m < channels; m++) {
      let bits = coefficients[(task.first_channel + m) * task.pitch + p];
      slopes[m] += slope * finite(bits);
      lost |= select(0u, 1u << m, special_of(bits) != 0u);
    }
  }
  var to = task.out_base + (image * task.channels + task.first_channel) * plane + i % plane;
  for (var m = 0u; m < channels; m++) {
    grads[to] = bits_or_nan(slopes[m], (lost & (1u << m)) != 0u);
    to += plane;
  }
}
