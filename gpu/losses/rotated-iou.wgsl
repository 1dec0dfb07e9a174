// import lib/dispatch
// import lib/expm1
// import lib/ieee
// import lib/partial
// import lib/sincos
// 1 − ProbIoU of pairs of rotated boxes [N, 5], xywh and angle in radians, and its gradient.

const EPS = 1e-7;
const FARTHEST = 100.0;

struct Task {
  /// Of this part.
  count: u32,
  input_base: u32,
  target_base: u32,
  grad_base: u32,
  value_base: u32,
  has_values: u32,
  slot: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> task: Task;
@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> grads: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<u32>>;

struct Rotated {
  centre: vec2<f32>,
  size: vec2<f32>,
  angle: f32,
}

struct Fit {
  loss: f32,
  centre: vec2<f32>,
  size: vec2<f32>,
  angle: f32,
}

/// log(1 + q) for q > −1, given 1 + q for where that is small.
fn log1p_of(q: f32, one_more: f32) -> f32 {
  return select(log_poly(max(one_more, 1e-37)), log1p_poly(max(q, -0.25)), q > -0.25);
}

/// √(1 − e^−D_B + eps), D_B the Bhattacharyya distance of Gaussians of variance size²/12 along the sides, clamped to
/// [eps, 100], where the gradient is 0. Differences of products are taken as products of differences, and determinants are
/// sums of squares in the boxes' own axes, so that boxes that are long or nearly equal cancel no digits.
/// Source: Llerena et al., arXiv:2106.06072.
fn hellinger(box: Rotated, goal: Rotated) -> Fit {
  let offset = box.centre - goal.centre;
  let axis = cos_sin(box.angle);
  let goal_axis = cos_sin(goal.angle);
  let turn = cos_sin(box.angle - goal.angle);
  // Variances, and offsets along the sides, of both
  let own = box.size * box.size / 12.0;
  let other = goal.size * goal.size / 12.0;
  let along = dot(offset, axis);
  let across = offset.y * axis.x - offset.x * axis.y;
  let goal_along = dot(offset, goal_axis);
  let goal_across = offset.y * goal_axis.x - offset.x * goal_axis.y;
  let form = (own.y * along * along + own.x * across * across)
    + (other.y * goal_along * goal_along + other.x * goal_across * goal_across);

  let a = abs(box.size);
  let b = abs(goal.size);
  let less = a - b;
  let cos2 = turn.x * turn.x;
  let sin2 = turn.y * turn.y;
  let areas = less.x * a.y + b.x * less.y;
  let crossed = less.x * b.y - b.x * less.y;
  let parallel = (a.x - a.y) * b.x + a.y * (b.x - b.y);
  let excess = (areas * areas + cos2 * crossed * crossed + sin2 * parallel * parallel) / 144.0;
  let root = (a.x * a.y) * (b.x * b.y) / 144.0;
  let determinant = excess + 4.0 * root;
  let spread = 4.0 * (determinant + EPS);
  let centre = form / spread;
  let scale = 4.0 * root + EPS;
  let relative = (excess - EPS) / scale;
  let one_more = determinant / scale + EPS;
  let distance = centre + 0.5 * log1p_of(relative + EPS, one_more);
  let clamped = clamp(distance, EPS, FARTHEST);
  let value = sqrt(EPS - expm1_poly(-clamped));
  if (distance < EPS || distance > FARTHEST) { return Fit(value, vec2(0.0), vec2(0.0), 0.0); }

  // ∂value = e^−D_B/(2·value) · ∂D_B; ∂D_B comes of the form, of the determinant and of the root
  let slope = 0.5 * exp_poly(-clamped) / value;
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
  let form_size = by_form * box.size * vec2(across * across, along * along) / 6.0;
  let stretch = 2.0 * ((a.x - a.y) * (a.x + a.y) / 12.0) * ((b.x - b.y) * (b.x + b.y) / 12.0);
  let by_turn = by_excess * stretch * turn.x * turn.y;
  let form_angle = 2.0 * by_form * along * across * ((a.y - a.x) * (a.y + a.x) / 12.0);
  return Fit(value, 2.0 * by_form * by_centre, form_size + shape_size * sign(box.size), form_angle + by_turn);
}

fn box_of(words: array<u32, 5>) -> Rotated {
  return Rotated(
    vec2(finite(words[0]), finite(words[1])),
    vec2(finite(words[2]), finite(words[3])),
    finite(words[4]),
  );
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let pair = group * WORKGROUP + lane;
  let is_active = pair < task.count;
  var bits = 0u;
  if (is_active) {
    var own: array<u32, 5>;
    var goal: array<u32, 5>;
    var largest = 0u;
    for (var i = 0u; i < 5u; i++) {
      own[i] = inputs[task.input_base + 5u * pair + i];
      goal[i] = targets[task.target_base + 5u * pair + i];
      largest = max(largest, max(own[i] & MAGNITUDE, goal[i] & MAGNITUDE));
    }
    // A box that is not finite has no similarity
    let is_lost = largest >= INFINITY_BITS;
    let fit = hellinger(box_of(own), box_of(goal));
    var slopes = array(fit.centre.x, fit.centre.y, fit.size.x, fit.size.y, fit.angle);
    bits = bits_or_nan(fit.loss, is_lost);
    for (var i = 0u; i < 5u; i++) {
      let scaled = product_bits(bits_or_nan(slopes[i], is_lost), bitcast<u32>(task.scale));
      grads[task.grad_base + 5u * pair + i] = scaled;
    }
    if (task.has_values == 1u) { values[task.value_base + pair] = bits; }
  }
  let special = special_of(bits);
  let sum = workgroup_sum(select(0.0, finite(bits), special == 0u), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(task.slot + group, vec3(sum, 0.0, 0.0), special, lane, group * WORKGROUP < task.count);
}
