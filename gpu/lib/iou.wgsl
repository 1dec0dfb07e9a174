// import lib/iou-kinds
// import lib/math

const EPS = 1e-7;
const FOUR_OVER_PI_SQUARED = 0.405284735;
/// Most that the union is in units of the enclosing area; beyond it the latter counts as the union.
const MOST_FILLED = 1.0001;

struct Similarity {
  value: f32,
  /// 1 − value; it keeps its digits when it is small.
  loss: f32,
  /// Gradient of the value by the prediction's left, top, right and bottom.
  slope: vec4<f32>,
}

/// ∂max(a, b)/∂a: 1, 0, or ½ where a = b. ∂min(a, b)/∂a is is_larger(b, a).
fn is_larger(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return select(select(vec4(0.0), vec4(0.5), a == b), vec4(1.0), a > b);
}

/// Similarity of two boxes and its gradient, in which α of CIoU is a constant. Each box is given by its distances left,
/// top, right and bottom from a common point, in the same units. Boxes without area give finite results. The prediction
/// may be inside out, the target may not.
/// Sources: Rezatofighi et al., arXiv:1902.09630; Zheng et al., arXiv:1911.08287.
fn similarity(kind: u32, box: vec4<f32>, goal: vec4<f32>) -> Similarity {
  let size = box.xy + box.zw + vec2(0.0, EPS);
  let goal_size = goal.xy + goal.zw + vec2(0.0, EPS);
  let inner_sides = min(box, goal);
  let span = inner_sides.xy + inner_sides.zw;
  let inner = max(span, vec2(0.0));
  let inter = inner.x * inner.y;
  let union_area = size.x * size.y + goal_size.x * goal_size.y - inter + EPS;
  // Areas may cancel if the prediction is inside out; then there is no intersection.
  let divisor = select(union_area, 1.0, union_area <= 0.0);
  let iou = inter / divisor;
  // Areas without the intersection are sums of strips, so that nothing cancels where boxes nearly coincide.
  let meets = span >= vec2(0.0);
  let strips = (box.xy - inner_sides.xy) + (box.zw - inner_sides.zw) + vec2(0.0, EPS);
  let goal_strips = (goal.xy - inner_sides.xy) + (goal.zw - inner_sides.zw) + vec2(0.0, EPS);
  let outside = select(size, strips, meets);
  let goal_outside = select(goal_size, goal_strips, meets);
  let own_part = size.x * outside.y + inner.y * outside.x;
  let goal_part = goal_size.x * goal_outside.y + inner.y * goal_outside.x;
  var loss = select((own_part + goal_part + EPS) / divisor, 1.0, inter == 0.0);
  let iou_loss = loss;

  // ∂iou = (1 + iou)/U · ∂I − iou/U · ∂(area); ∂I by a side is the other axis' extent.
  var by_inter = (1.0 + iou) / divisor;
  var by_area = -iou / divisor;
  var value = iou;
  var by_outer = vec2(0.0);
  var by_center = vec2(0.0);
  var by_size = vec2(0.0);
  let outer_sides = max(box, goal);
  let outer = outer_sides.xy + outer_sides.zw;
  // The union of boxes that are very flat is mostly eps; that of predictions inside out on both axes has no bound
  let area = outer.x * outer.y + EPS;
  if (kind == GIOU && union_area <= MOST_FILLED * area) {
    let filled = union_area / area;
    value = iou + (filled - 1.0);
    loss += (area - union_area) / area;
    by_inter -= 1.0 / area;
    by_area += 1.0 / area;
    by_outer = -(filled / area) * outer.yx;
  }
  if (kind >= DIOU) {
    let diagonal = dot(outer, outer) + EPS;
    let offset = (goal.zw - box.zw) - (goal.xy - box.xy);
    let apart = dot(offset, offset) * 0.25 / diagonal;
    value -= apart;
    loss += apart;
    by_center = (-0.5 / diagonal) * offset;
    by_outer = (2.0 * apart / diagonal) * outer;
  }
  if (kind == CIOU) {
    // atan(W/H) − atan(w/h) is the angle from (h, w) to (H, W), both heights taken as positive.
    let upright = select(size, -size, size.y < 0.0);
    let cross = goal_size.x * upright.y - upright.x * goal_size.y;
    let along = goal_size.y * upright.y + goal_size.x * upright.x;
    let acute = angle(along, cross);
    let turn = select(acute, 3.14159265 - acute, along < 0.0) * select(1.0, -1.0, cross < 0.0);
    let v = turn * turn * FOUR_OVER_PI_SQUARED;
    let alpha = v / (v + iou_loss + EPS);
    value -= v * alpha;
    loss += v * alpha;
    // ∂v by w is −2·(4/π²)·turn·h/(w² + h²), that by h is 2·(4/π²)·turn·w/(w² + h²).
    let factor = alpha * turn * (2.0 * FOUR_OVER_PI_SQUARED) / max(dot(size, size), 1e-37);
    by_size = factor * vec2(size.y, -size.x);
  }

  let by_axis = by_area * size.yx + by_size;
  let by_inner = by_inter * select(vec2(0.0), inner.yx, meets);
  let slope = vec4(by_axis + by_center, by_axis - by_center)
    + by_inner.xyxy * is_larger(goal, box)
    + by_outer.xyxy * is_larger(box, goal);
  return Similarity(value, loss, slope);
}
