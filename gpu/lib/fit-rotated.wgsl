// import lib/bits
// import lib/turned
// Positives of rotated boxes, whose box loss is 1 − ProbIoU.

/// An anchor and the target that it is assigned to.
struct RotatedPositive {
  image: u32,
  cell: u32,
  channel: u32,
  score: f32,
  class_slope: FloatBits,
  /// Distances to the sides of the target's box as if it were not rotated, grid units.
  left: f32,
  top: f32,
  right: f32,
  bottom: f32,
  /// Angle of the target.
  angle: Angle,
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
  let sides = goal_of(positive);
  let centre = (sides.zw - sides.xy) * 0.5;
  let goal = Turned(centre, sides.xy + sides.zw, positive.angle);
  let own = fit_turned(box, angle, goal);
  return Fit(own.fit.loss, own.sides, own.angle, special_of(angle));
}

fn store_angle(positive: Positive, bits: u32) {
  angle_grads[positive.slot] = bits;
}
