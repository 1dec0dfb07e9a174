// import lib/prob-iou

/// Longest side. With longer ones, float32 shows no similarity, and determinants overflow.
const FARTHEST_SIDE = 1e8;

/// A target seen from an anchor: its centre relative to the anchor, its size, and its angle.
struct Turned {
  centre: vec2<f32>,
  size: vec2<f32>,
  angle: Angle,
}

/// Similarity of a rotated box and its target.
struct TurnedFit {
  fit: Hellinger,
  /// Gradient of the loss by the prediction's left, top, right and bottom, and by its angle.
  sides: vec4<f32>,
  angle: f32,
  /// Cosine and sine of the box's angle less the target's.
  turn: vec2<f32>,
}

/// ProbIoU of a rotated box and a target. The box is given by its distances from an anchor along its own axes.
/// @param angle_bits the box's angle, radians
/// @param floor added to the variances of both, in squared units
fn fit_turned(distances: vec4<f32>, angle_bits: u32, goal: Turned, floor: f32) -> TurnedFit {
  let box = clamp(distances, vec4(-FARTHEST_SIDE), vec4(FARTHEST_SIDE));
  let angle = angle_of(angle_bits);
  let axis = cos_sin(angle);
  let middle = (box.zw - box.xy) * 0.5;
  let centre = vec2(middle.x * axis.x - middle.y * axis.y, middle.x * axis.y + middle.y * axis.x);
  let turn = cos_sin(turn_between(angle, goal.angle));
  let goal_axis = cos_sin(goal.angle);
  let fit = hellinger(centre - goal.centre, box.xy + box.zw, axis, goal.size, goal_axis, turn, floor);
  let along = 0.5 * (fit.centre.x * axis.x + fit.centre.y * axis.y);
  let across = 0.5 * (fit.centre.y * axis.x - fit.centre.x * axis.y);
  let by_middle = vec2(along, across);
  // The angle also rotates the centre about the anchor
  let orbit = fit.centre.y * centre.x - fit.centre.x * centre.y;
  return TurnedFit(fit, vec4(fit.size - by_middle, fit.size + by_middle), fit.angle + orbit, turn);
}
