// import lib/iou
// import lib/expm1
// EIoU and SIoU: other similarities of two boxes, less costs of sizes, distance and shape by axis. Boxes are given as to
// `similarity`.

/// EIoU = DIoU − Δw²/W² − Δh²/H², with W and H of the box that encloses both.
/// Source: Zhang et al., arXiv:2101.08158, L_EIOU = 1 − EIoU, without its focal weight.
fn with_size_penalties(base: Similarity, box: vec4<f32>, goal: vec4<f32>) -> Similarity {
  let outer_sides = max(box, goal);
  let outer = outer_sides.xy + outer_sides.zw;
  let inverse = 1.0 / (outer * outer + EPS);
  let difference = (box.xy - goal.xy) + (box.zw - goal.zw);
  let penalty = difference * difference * inverse;
  let by_length = -2.0 * difference * inverse;
  let by_outer = 2.0 * penalty * outer * inverse;
  let cost = penalty.x + penalty.y;
  let slope = by_length.xyxy + by_outer.xyxy * is_larger(box, goal);
  return Similarity(base.value - cost, base.loss + cost, base.slope + slope);
}

/// SIoU = IoU − (Δ + Ω)/2; Δ = Σ 1 − e^(−(2 − Λ)ρ) with ρ = (offset / enclosing length)², Λ = sin 2α, α between an
/// axis and the line of the centres; Ω = Σ (1 − e^(−ω))^4 with ω = |difference of lengths| / longer one.
/// Source: Gevorgyan, arXiv:2205.12740, with a shape power of 4.
fn with_angle_costs(base: Similarity, box: vec4<f32>, goal: vec4<f32>) -> Similarity {
  let outer_sides = max(box, goal);
  let outer = outer_sides.xy + outer_sides.zw;
  let offset = ((box.zw - goal.zw) - (box.xy - goal.xy)) * 0.5;
  let square = dot(offset, offset) + EPS;
  let angle_cost = abs(offset.x * offset.y) / square; // Λ/2
  let gamma = 2.0 - 2.0 * angle_cost;
  let outer_square = outer * outer + EPS;
  let rho = offset * offset / outer_square;
  let distance = vec2(expm1_poly(-gamma * rho.x), expm1_poly(-gamma * rho.y)); // below 0, as `shape` is
  let decayed = 1.0 + distance;
  let by_offset = -gamma * decayed * offset / outer_square;
  let by_outer = gamma * decayed * rho * outer / outer_square;
  let by_angle = dot(decayed, rho);
  let by_product = sign(offset) * abs(offset.yx);
  let angle_slope = by_angle * (by_product - 2.0 * angle_cost * offset) / square;

  let size = box.xy + box.zw;
  let goal_size = goal.xy + goal.zw;
  let difference = (box.xy - goal.xy) + (box.zw - goal.zw);
  let longer = max(size, goal_size) + EPS;
  let omega = abs(difference) / longer;
  let shape = vec2(expm1_poly(-omega.x), expm1_poly(-omega.y));
  let shape2 = shape * shape;
  let share = omega * is_larger(size.xyxy, goal_size.xyxy).xy;
  let by_length = 2.0 * shape2 * shape * (1.0 + shape) * (sign(difference) - share) / longer;

  let costs = shape2 * shape2 - distance;
  let cost = 0.5 * (costs.x + costs.y);
  let by_center = 0.5 * (by_offset + angle_slope);
  let slope = by_length.xyxy + by_outer.xyxy * is_larger(box, goal) + vec4(-by_center, by_center);
  return Similarity(base.value - cost, base.loss + cost, base.slope + slope);
}
