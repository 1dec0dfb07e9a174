// import lib/expectation
// import lib/fit
// import lib/partial
// import lib/dispatch
// Box loss, distance loss (DFL, or L1 where R = 1) and angle loss of one level's positives, weighted by their scores, and
// the gradient by their box channels and angles. It also writes their class gradient, which the host computes. Each of a
// positive's four threads takes one side of its box.
// `lib/fit` declares a positive and compares its box with its target's, upright or rotated ones.
// Source: Li et al., arXiv:2006.04388, eq. 6.

struct RegressUniforms {
  base: u32,
  out_base: u32,
  image_stride: u32,
  channel_stride: u32,
  cell_stride: u32,
  /// The level's positives in the list.
  first: u32,
  count: u32,
  /// Index of the level's first partial sum.
  slot: u32,
  /// Kind of similarity, one of lib/iou.
  kind: u32,
  /// 0: no gradients.
  backward: u32,
  /// Bits of NaN if a scale is NaN, which cannot be passed to a shader; else 0.
  poison: u32,
  box_scale: f32,
  dfl_scale: f32,
  angle_scale: f32,
  /// A grid unit as a share of the image's width and height, for L1 where R = 1; 0: no L1.
  unit_x: f32,
  unit_y: f32,
  /// Added to the variances of ProbIoU, in squared grid units.
  floor: f32,
  /// First of the level's angles in their binding, and number of an image's angles; only for rotated boxes.
  angle_base: u32,
  anchors: u32,
}

/// Loss of a box and its gradient.
struct Fit {
  loss: f32,
  /// Gradient by the prediction's left, top, right and bottom, and by its angle.
  slope: vec4<f32>,
  angle: f32,
  /// Angle loss and its gradient by the predicted angle.
  angle_loss: f32,
  angle_slope: f32,
  /// Flags of an angle that is not finite.
  special: u32,
}

/// Least distance of the DFL target from the last bin.
const MARGIN = 0.01;
/// Number of threads of a positive: one for each side of its box.
const THREADS_A_POSITIVE = 4u;

@group(0) @binding(0) var<uniform> level: RegressUniforms;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read> positives: array<Positive>;
@group(0) @binding(3) var<storage, read_write> partials: array<Partial>;
@group(0) @binding(4) var<storage, read_write> grads: array<u32>;

var<workgroup> shared_distances: array<f32, WORKGROUP>;
var<workgroup> shared_special: array<u32, WORKGROUP>;

fn goal_of(positive: Positive) -> vec4<f32> {
  return vec4(positive.left, positive.top, positive.right, positive.bottom);
}

/// Parts of the target distances that float32 loses.
fn low_goal_of(positive: Positive) -> vec4<f32> {
  return vec4(positive.left_low, positive.top_low, positive.right_low, positive.bottom_low);
}

/// Share of bin j in a distance between two bins.
fn share(goal: f32, j: u32) -> f32 {
  return max(1.0 - abs(goal - f32(j)), 0.0);
}

/// log Σ exp(x_j) − Σ share_j·x_j. Only the two bins around the target distance have a share.
fn cross_entropy(first: u32, mean: Expectation, goal: f32) -> f32 {
  let below = u32(goal);
  let above = min(below + 1u, R - 1u);
  let x = finite(logits[first + below * level.channel_stride]);
  let y = finite(logits[first + above * level.channel_stride]);
  return log_poly(mean.sum) + share(goal, below) * (mean.largest - x)
    + share(goal, below + 1u) * (mean.largest - y);
}

/// Flags of a side whose logits hold −∞. In a bin without a share it counts as 0 · ∞.
fn infinite_entropy(first: u32, goal: f32) -> u32 {
  var flags = 0u;
  for (var j = 0u; j < R; j++) {
    if (special_of(logits[first + j * level.channel_stride]) != IS_MINUS_INFINITE) { continue; }
    flags |= select(DFL_NAN, DFL_INFINITE, share(goal, j) > 0.0);
  }
  return flags;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let index = (group * WORKGROUP + lane) / THREADS_A_POSITIVE;
  let side = lane % THREADS_A_POSITIVE;
  let is_active = index < level.count;
  let positive = positives[level.first + min(index, level.count - 1u)];
  let at = positive.image * level.image_stride + positive.cell * level.cell_stride;
  let first = at + side * R * level.channel_stride;
  let mean = expectation(level.base + first, level.channel_stride);
  shared_distances[lane] = mean.distance;
  shared_special[lane] = mean.special;
  workgroupBarrier();

  let corner = lane - side;
  let box = vec4(shared_distances[corner], shared_distances[corner + 1u],
    shared_distances[corner + 2u], shared_distances[corner + 3u]);
  let special = shared_special[corner] | shared_special[corner + 1u]
    | shared_special[corner + 2u] | shared_special[corner + 3u];
  let goal = goal_of(positive);
  let fit = fit_of(positive, box);
  let score_nan = special_of(bitcast<u32>(positive.score)) != 0u;
  let weight = select(0.0, positive.score, is_active && !score_nan);
  let box_nan = score_nan || (special & IS_NAN) != 0u || fit.special != 0u;
  var flags = select(0u, BOX_NAN, box_nan);
  var entropy = 0.0;
  let side_goal = clamp(goal[side], 0.0, max(f32(R - 1u) - MARGIN, 0.0));
  if (R > 1u) {
    entropy = cross_entropy(level.base + first, mean, side_goal) * 0.25;
    flags |= select(0u, DFL_NAN, score_nan || (mean.special & IS_NAN) != 0u);
    if ((mean.special & IS_MINUS_INFINITE) != 0u) {
      flags |= infinite_entropy(level.base + first, side_goal);
    }
  }
  let unit = select(level.unit_x, level.unit_y, side % 2u == 1u);
  let error = (mean.distance - goal[side]) - low_goal_of(positive)[side];
  if (R == 1u && unit > 0.0) {
    entropy = unit * abs(error) * 0.25;
    flags |= select(0u, DFL_NAN, score_nan || (mean.special & IS_NAN) != 0u);
  }
  let box_loss = select(0.0, weight * fit.loss, side == 0u);
  let box_sum = workgroup_sum(box_loss, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let dfl_sum = workgroup_sum(weight * entropy, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let angle_sum = sum_of_angles(select(0.0, weight * fit.angle_loss, side == 0u), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let is_used = group * WORKGROUP < level.count * THREADS_A_POSITIVE;
  flags = select(0u, flags, is_active);
  store_partial(level.slot + group, vec4(0.0, box_sum, dfl_sum, angle_sum), flags, lane, is_used);

  if (!is_active || level.backward == 0u) { return; }
  if (side == 0u) {
    grads[level.out_base + at + positive.channel * level.channel_stride] = positive.class_slope;
    let by_angle = weight * (level.box_scale * fit.angle + level.angle_scale * fit.angle_slope);
    store_angle(positive, bits_or_nan(by_angle, box_nan) | level.poison);
  }
  let by_distance = weight * level.box_scale * fit.slope[side];
  let by_entropy = weight * level.dfl_scale * 0.25;
  let nan = box_nan || (mean.special & IS_NAN) != 0u;
  for (var j = 0u; j < R; j++) {
    let p = bins[j] / mean.sum;
    var slope = p * by_distance * (f32(j) - mean.distance) + by_entropy * (p - share(side_goal, j));
    if (R == 1u) { slope = by_distance + by_entropy * unit * sign(error); }
    grads[level.out_base + first + j * level.channel_stride] = bits_or_nan(slope, nan) | level.poison;
  }
}
