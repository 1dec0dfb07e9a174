// import lib/expm1
// import lib/sincos
// ProbIoU of rotated boxes. Source: Llerena et al., arXiv:2106.06072.

const PROB_EPS = 1e-7;
const PROB_FARTHEST = 100.0;

struct Hellinger {
  /// ProbIoU, and 1 − ProbIoU; either keeps its digits when it is small.
  value: f32,
  loss: f32,
  /// Gradient of the loss by the prediction's centre, size and angle.
  centre: vec2<f32>,
  size: vec2<f32>,
  angle: f32,
}

/// log(1 + q) for q > −1. `one_more` is 1 + q, with its digits where it is small.
fn log1p_of(q: f32, one_more: f32) -> f32 {
  return select(log_poly(max(one_more, 1e-37)), log1p_poly(max(q, -0.25)), q > -0.25);
}

/// √(1 − e^−D_B + eps), D_B the Bhattacharyya distance of Gaussians of variance size²/12 along the sides, clamped to
/// [eps, 100], where the gradient is 0. Differences of products are taken as products of differences, and determinants are
/// sums of squares in the boxes' own axes, so that boxes that are long or nearly equal cancel no digits.
///
/// @param offset prediction's centre less the target's
/// @param axis goal_axis cosine and sine of both angles
/// @param turn cosine and sine of the prediction's angle less the target's
/// @param floor added to all variances
fn hellinger(
  offset: vec2<f32>,
  size: vec2<f32>,
  axis: vec2<f32>,
  goal_size: vec2<f32>,
  goal_axis: vec2<f32>,
  turn: vec2<f32>,
  floor: f32,
) -> Hellinger {
  // Variances, and offsets along the sides, of both
  let own = size * size / 12.0 + floor;
  let other = goal_size * goal_size / 12.0 + floor;
  let along = dot(offset, axis);
  let across = offset.y * axis.x - offset.x * axis.y;
  let goal_along = dot(offset, goal_axis);
  let goal_across = offset.y * goal_axis.x - offset.x * goal_axis.y;
  let form = (own.y * along * along + own.x * across * across)
    + (other.y * goal_along * goal_along + other.x * goal_across * goal_across);

  // Sizes of boxes of these variances, their differences, and their gradient by the prediction's size
  var a = abs(size);
  var b = abs(goal_size);
  var less = a - b;
  var by_wider = sign(size);
  if (floor > 0.0) {
    a = sqrt(size * size + 12.0 * floor);
    b = sqrt(goal_size * goal_size + 12.0 * floor);
    less = (size - goal_size) * (size + goal_size) / (a + b);
    by_wider = size / a;
  }
  let cos2 = turn.x * turn.x;
  let sin2 = turn.y * turn.y;
  let areas = less.x * a.y + b.x * less.y;
  let crossed = less.x * b.y - b.x * less.y;
  let parallel = (a.x - a.y) * b.x + a.y * (b.x - b.y);
  let excess = (areas * areas + cos2 * crossed * crossed + sin2 * parallel * parallel) / 144.0;
  let root = (a.x * a.y) * (b.x * b.y) / 144.0;
  let determinant = excess + 4.0 * root;
  let spread = 4.0 * (determinant + PROB_EPS);
  let centre = form / spread;
  let scale = 4.0 * root + PROB_EPS;
  let relative = (excess - PROB_EPS) / scale;
  let one_more = determinant / scale + PROB_EPS;
  let distance = centre + 0.5 * log1p_of(relative + PROB_EPS, one_more);
  let clamped = clamp(distance, PROB_EPS, PROB_FARTHEST);
  let loss = sqrt(PROB_EPS - expm1_poly(-clamped));
  let decay = exp_poly(-clamped);
  let value = (decay - PROB_EPS) / (1.0 + loss);
  if (distance < PROB_EPS || distance > PROB_FARTHEST) {
    return Hellinger(value, loss, vec2(0.0), vec2(0.0), 0.0);
  }

  // ∂loss = e^−D_B/(2·loss) · ∂D_B; ∂D_B is the sum of its terms by the form, the determinant and the root
  let slope = 0.5 * decay / loss;
  let by_form = slope / spread;
  let by_shape = slope / (2.0 * one_more * scale);
  let by_determinant = -4.0 * by_form * centre;
  let by_excess = by_determinant + by_shape;
  let by_root = 4.0 * (by_determinant - by_shape * relative);
  let by_axes = vec2(own.y * along, own.x * across);
  let by_goal_axes = vec2(other.y * goal_along, other.x * goal_across);
  let by_centre = vec2(
    (by_axes.x * axis.x - by_axes.y * axis.y) + (by_goal_axes.x * goal_axis.x - by_goal_axes.y * goal_axis.y),
    (by_axes.x * axis.y + by_axes.y * axis.x) + (by_goal_axes.x * goal_axis.y + by_goal_axes.y * goal_axis.x),
  );
  let by_areas = vec2(
    areas * a.y + cos2 * crossed * b.y + sin2 * parallel * b.x,
    areas * a.x - cos2 * crossed * b.x - sin2 * parallel * b.y,
  );
  let shape_size = by_excess * by_areas / 72.0 + by_root * a.yx * (b.x * b.y / 144.0);
  let form_size = by_form * size * vec2(across * across, along * along) / 6.0;
  let stretch = 2.0 * ((a.x - a.y) * (a.x + a.y) / 12.0) * ((b.x - b.y) * (b.x + b.y) / 12.0);
  let by_turn = by_excess * stretch * turn.x * turn.y;
  let form_angle = 2.0 * by_form * along * across * ((a.y - a.x) * (a.y + a.x) / 12.0);
  let by_size = form_size + shape_size * by_wider;
  return Hellinger(value, loss, 2.0 * by_form * by_centre, by_size, form_angle + by_turn);
}
