// import lib/bits
// import lib/turned
// Positives of rotated boxes, whose box loss is 1 − ProbIoU, and whose angle loss is slenderness · sin²(2Δ).

/// An anchor and the target that it is assigned to.
struct RotatedPositive {
  image: u32,
  cell: u32,
  channel: u32,
  score: f32,
  class_slope: FloatBits,
  /// True distances of the distance loss, grid units.
  left: f32,
  top: f32,
  right: f32,
  bottom: f32,
  /// Parts of the distances that these lose.
  left_low: f32,
  top_low: f32,
  right_low: f32,
  bottom_low: f32,
  /// Centre of the target relative to the anchor, size and angle.
  x: f32,
  y: f32,
  width: f32,
  height: f32,
  angle: Angle,
  /// e^(−ln²(width/height)/9).
  slenderness: f32,
  /// Index of the gradient by the predicted angle.
  slot: u32,
}

alias Positive = RotatedPositive;

/// f32 bits [images, A], radians; the level's begin at `level.angle_base`.
@group(0) @binding(5) var<storage, read> angles: array<u32>;
/// f32 bits [P], gradients by the predicted angles.
@group(0) @binding(6) var<storage, read_write> angle_grads: array<u32>;

/// Loss of a positive's box against its target's. @param box distances of the prediction, grid units
fn fit_of(positive: Positive, box: vec4<f32>) -> Fit {
  let angle = angles[level.angle_base + positive.image * level.anchors + positive.cell];
  let goal = Turned(vec2(positive.x, positive.y), vec2(positive.width, positive.height), positive.angle);
  let own = fit_turned(box, angle, goal, level.floor);
  // Cosine and sine of 2Δ
  let cosine = (own.turn.x - own.turn.y) * (own.turn.x + own.turn.y);
  let sine = 2.0 * own.turn.x * own.turn.y;
  let angle_loss = positive.slenderness * sine * sine;
  let angle_slope = 4.0 * positive.slenderness * sine * cosine;
  return Fit(own.fit.loss, own.sides, own.angle, angle_loss, angle_slope, special_of(angle));
}

fn sum_of_angles(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  return workgroup_sum(value, lane, subgroup_lane, subgroup_size);
}

fn store_angle(positive: Positive, bits: u32) {
  angle_grads[positive.slot] = bits;
}
