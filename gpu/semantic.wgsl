// import lib/dispatch
// import lib/softplus
// import lib/partial
// BCE and Dice loss of semantic logits, and their gradient. A workgroup takes the logits of one class of an image.
// Source of Dice loss: Milletari et al., arXiv:1606.04797, with Σp and Σt in place of the sums of squares

struct SemanticUniforms {
  /// First element of the logits, and of their gradients, in each binding.
  base: u32,
  out_base: u32,
  /// First of the images' pixels in `classes`.
  first_pixel: u32,
  /// Number of classes of all images.
  planes: u32,
  num_classes: u32,
  pixels: u32,
  /// Index of the first partial sum.
  slot: u32,
  /// 0: no gradients.
  backward: u32,
  /// Factors of the loss and of the gradients, for the sum of mean BCE and Dice loss of each class.
  share: f32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> task: SemanticUniforms;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
/// Class of each pixel; −1 in the background.
@group(0) @binding(2) var<storage, read> classes: array<i32>;
@group(0) @binding(3) var<storage, read_write> partials: array<Partial>;
@group(0) @binding(4) var<storage, read_write> grads: array<u32>;

/// Dice loss and its denominator.
var<workgroup> shared_dice: vec2<f32>;
/// Whether a logit is NaN, so that there is no gradient.
var<workgroup> shared_lost: atomic<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let is_used = group < task.planes;
  let plane = min(group, task.planes - 1u);
  let own = i32(plane % task.num_classes);
  let start = task.base + plane * task.pixels;
  let pixel = task.first_pixel + plane / task.num_classes * task.pixels;
  let pixels = select(0u, task.pixels, is_used);
  var entropy = 0.0;
  var wrong = 0.0;
  var all = 0.0;
  var flags = 0u;
  var lost = 0u;
  for (var i = lane; i < pixels; i += WORKGROUP) {
    let bits = logits[start + i];
    let t = classes[pixel + i] == own;
    // The logit, its sign turned in the class's pixels
    let y = bits ^ select(0u, SIGN, t);
    let special = special_of(y);
    // −∞ gives NaN, as y · 0 does in PyTorch
    if (special != 0u) { flags |= select(CLS_NAN, CLS_INFINITE, special == IS_INFINITE); }
    lost |= special & IS_NAN;
    let e = decay(mirrored(y));
    entropy += linear_part(y) + log1p_poly(e);
    wrong += sigmoid_of(y, e, 1.0);
    all += sigmoid_of(bits, e, 1.0) + select(0.0, 1.0, t);
  }
  let entropy_sum = workgroup_sum(entropy, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let wrong_sum = workgroup_sum(wrong, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let denominator = 1.0 + workgroup_sum(all, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let dice = wrong_sum / denominator;
  if (lane == 0u) { shared_dice = vec2(dice, denominator); }
  if (lost != 0u) { atomicOr(&shared_lost, lost); }
  // The barrier in store_partial also covers Dice loss
  let loss = task.share * (entropy_sum / f32(task.pixels) + dice);
  store_partial(task.slot + group, vec4(loss, 0.0, 0.0, 0.0), flags, lane, is_used);
  workgroupBarrier();
  if (task.backward == 0u) { return; }
  let of_all = shared_dice;
  let nan = atomicLoad(&shared_lost) != 0u;
  let dice_scale = task.scale / of_all.y;
  let entropy_scale = task.scale / f32(task.pixels);
  for (var i = lane; i < pixels; i += WORKGROUP) {
    let bits = logits[start + i];
    let t = classes[pixel + i] == own;
    let turned = select(0u, SIGN, t);
    let y = bits ^ turned;
    let e = decay(mirrored(y));
    let whole = bitcast<f32>(bitcast<u32>(sigmoid_of(y, e, entropy_scale)) ^ turned);
    let slope = e / ((1.0 + e) * (1.0 + e));
    let by_dice = select(1.0, -1.0, t) - of_all.x;
    grads[task.out_base + plane * task.pixels + i] = bits_or_nan(whole + dice_scale * by_dice * slope, nan);
  }
}
