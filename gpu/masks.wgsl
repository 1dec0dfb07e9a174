// import lib/mask
// import lib/partial
// Mask loss of the positives, and its gradient by their coefficients. The threads of a workgroup share the pixels of one
// positive's crop. A dispatch writes MASK_BLOCK channels; the first dispatch also sums the loss.
// Source: Bolya et al., arXiv:1904.02689

@group(0) @binding(0) var<uniform> task: MasksUniforms;
@group(0) @binding(1) var<storage, read> prototypes: array<u32>;
@group(0) @binding(2) var<storage, read> coefficients: array<u32>;
@group(0) @binding(3) var<storage, read> positives: array<MaskPositive>;
@group(0) @binding(4) var<storage, read> bits: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<Partial>;
/// f32 bits [channels, pitch].
@group(0) @binding(6) var<storage, read_write> grads: array<u32>;

var<private> slopes: array<f32, MASK_BLOCK>;
/// One bit per channel, set if its gradient is NaN.
var<workgroup> shared_lost: atomic<u32>;
var<workgroup> shared_slopes: array<f32, WORKGROUP * MASK_BLOCK>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let is_used = group < task.count;
  let index = task.first + min(group, task.count - 1u);
  let positive = positives[index];
  let plane = task.height * task.width;
  let columns = positive.right - positive.left;
  let pixels = select(0u, columns * (positive.bottom - positive.top), is_used);
  let channels = min(task.channels - task.first_channel, MASK_BLOCK);
  for (var m = 0u; m < MASK_BLOCK; m++) { slopes[m] = 0.0; }
  var loss = 0.0;
  var special = false;
  var lost = 0u;
  for (var i = lane; i < pixels; i += WORKGROUP) {
    let at = vec2(positive.left + i % columns, positive.top + i / columns);
    let pixel = pixel_of(task, index, positive, at);
    loss += pixel.loss;
    special = special || pixel.special;
    if (pixel.lost) { lost = 0xffffffffu; }
    var prototype_at = task.base + (positive.image * task.channels + task.first_channel) * plane
      + at.y * task.width + at.x;
    for (var m = 0u; m < channels; m++) {
      let bits = prototypes[prototype_at];
      slopes[m] += pixel.slope * finite(bits);
      lost |= select(0u, 1u << m, special_of(bits) != 0u);
      prototype_at += plane;
    }
  }
  let sum = workgroup_sum(loss, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  for (var m = 0u; m < MASK_BLOCK; m++) { shared_slopes[lane * MASK_BLOCK + m] = slopes[m]; }
  let flags = select(0u, CLS_NAN, special);
  if (lost != 0u) { atomicOr(&shared_lost, lost); }
  // The barrier in store_partial also covers the gradients
  let is_summed = is_used && task.first_channel == 0u;
  store_partial(task.slot + group, vec4(sum * positive.weight, 0.0, 0.0, 0.0), flags, lane, is_summed);
  workgroupBarrier();
  if (!is_used || task.backward == 0u || lane >= channels) { return; }
  var slope = 0.0;
  for (var thread = 0u; thread < WORKGROUP; thread++) { slope += shared_slopes[thread * MASK_BLOCK + lane]; }
  let nan = (atomicLoad(&shared_lost) & (1u << lane)) != 0u;
  let scaled = slope * positive.weight * task.scale;
  grads[(task.first_channel + lane) * task.pitch + index] = bits_or_nan(scaled, nan);
}
