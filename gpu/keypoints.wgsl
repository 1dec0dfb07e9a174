// import lib/dispatch
// import lib/expm1
// import lib/ieee
// import lib/partial
// import lib/softplus
// Keypoint losses of the positives, and their gradients. The positives' channels are gathered in a tensor of their own; a
// thread computes one keypoint of one positive.
// pose: weight · (1 − e^−E), E = d² · inverse; kobj: BCE of the third channel with visibility.
// Source: Maji et al., arXiv:2204.06806

struct KeypointsUniforms {
  keypoints: u32,
  /// Numbers of a keypoint: 2, or 3 with a logit of visibility.
  numbers: u32,
  /// Number of positives.
  pitch: u32,
  /// 0: no gradients.
  backward: u32,
  /// Bits of NaN if a scale is NaN, which cannot be passed to a shader; else 0.
  poison: u32,
  pose_scale: f32,
  kobj_scale: f32,
  /// Grid units of a step of 1 in x or y.
  factor: f32,
  /// 1: gradients of visible keypoints are added to the contents of `grads`.
  adds: u32,
}

/// Target of one keypoint of a positive; all zeros but the target's weight: the keypoint is not visible.
struct KeypointTarget {
  /// The value that each channel should have times factor, in two parts, grid units.
  x: f32,
  x_low: f32,
  y: f32,
  y_low: f32,
  /// 1 / ((2σ)² · (area + 1e-9) · 2).
  inverse: f32,
  /// K / (number of visible keypoints + 1e-9), times the target's weight.
  weight: f32,
  /// Weight of the target, a factor of its losses.
  target_weight: f32,
}

@group(0) @binding(0) var<uniform> task: KeypointsUniforms;
/// f32 bits [keypoints · numbers, pitch]
@group(0) @binding(1) var<storage, read> predicted: array<u32>;
/// [keypoints, pitch]
@group(0) @binding(2) var<storage, read> targets: array<KeypointTarget>;
/// Partial sums: pose takes the place of the box loss, kobj that of DFL.
@group(0) @binding(3) var<storage, read_write> partials: array<Partial>;
/// f32 bits, shaped as `predicted`.
@group(0) @binding(4) var<storage, read_write> grads: array<u32>;

/// Distance beyond which the similarity is 0; its square does not overflow.
const FARTHEST = 1e9;

struct Loss {
  value: f32,
  flags: u32,
}

/// The gradient plus what is there, if it is to be added.
fn with_added(bits: u32, at: u32) -> u32 {
  return select(bits, sum_bits(bits, grads[at]), task.adds == 1u);
}

fn pose_of(goal: KeypointTarget, at: u32) -> Loss {
  let x = predicted[at];
  let y = predicted[at + task.pitch];
  let dx = clamp((task.factor * finite(x) - goal.x) - goal.x_low, -FARTHEST, FARTHEST);
  let dy = clamp((task.factor * finite(y) - goal.y) - goal.y_low, -FARTHEST, FARTHEST);
  let exponent = (dx * dx + dy * dy) * goal.inverse;
  let is_visible = goal.weight > 0.0;
  let nan = ((special_of(x) | special_of(y)) & IS_NAN) != 0u;
  if (task.backward == 1u) {
    let left = select(exp_poly(-exponent), 0.0, exponent > -EXP_MIN);
    let scaled = 2.0 * task.factor * task.pose_scale * goal.weight * left * goal.inverse;
    let by_x = bits_or_nan(scaled * dx, nan || special_of(x) != 0u) | task.poison;
    let by_y = bits_or_nan(scaled * dy, nan || special_of(y) != 0u) | task.poison;
    grads[at] = select(0u, with_added(by_x, at), is_visible);
    grads[at + task.pitch] = select(0u, with_added(by_y, at + task.pitch), is_visible);
  }
  return Loss(-goal.weight * expm1_poly(-exponent), select(0u, BOX_NAN, nan && is_visible));
}

fn visibility_of(is_visible: bool, weight: f32, at: u32) -> Loss {
  let turned = select(0u, ~MAGNITUDE, is_visible);
  let bits = predicted[at] ^ turned;
  let special = special_of(bits);
  let e = decay(mirrored(bits));
  if (task.backward == 1u) {
    let slope = bitcast<u32>(sigmoid_of(bits, e, weight * task.kobj_scale)) ^ turned;
    grads[at] = select(slope, NAN_BITS, special == IS_NAN) | task.poison;
  }
  let flags = select(0u, DFL_NAN, special == IS_NAN) | select(0u, DFL_INFINITE, special == IS_INFINITE);
  return Loss(weight * (linear_part(bits) + log1p_poly(e)), flags);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let i = group * WORKGROUP + lane;
  let all = task.keypoints * task.pitch;
  var pose = Loss(0.0, 0u);
  var kobj = Loss(0.0, 0u);
  if (i < all) {
    let goal = targets[i];
    let at = (i / task.pitch) * task.numbers * task.pitch + i % task.pitch;
    pose = pose_of(goal, at);
    if (task.numbers == 3u) { kobj = visibility_of(goal.weight > 0.0, goal.target_weight, at + 2u * task.pitch); }
  }
  let pose_sum = workgroup_sum(pose.value, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let kobj_sum = workgroup_sum(kobj.value, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(group, vec4(0.0, pose_sum, kobj_sum, 0.0), pose.flags | kobj.flags, lane, group * WORKGROUP < all);
}
