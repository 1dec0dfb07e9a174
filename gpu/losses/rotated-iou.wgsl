// import lib/dispatch
// import lib/ieee
// import lib/part
// import lib/partial
// import lib/prob-iou
// 1 − ProbIoU of pairs of rotated boxes [N, 5], xywh and angle in radians, and its gradient.

struct RotatedIouUniforms {
  @size(48) part: Part,
}

@group(0) @binding(0) var<uniform> task: RotatedIouUniforms;

fn fit_of(box: array<u32, 5>, goal: array<u32, 5>) -> Hellinger {
  let centre = vec2(finite(box[0]), finite(box[1]));
  let goal_centre = vec2(finite(goal[0]), finite(goal[1]));
  let size = vec2(finite(box[2]), finite(box[3]));
  let goal_size = vec2(finite(goal[2]), finite(goal[3]));
  let angle = angle_of(box[4]);
  let goal_angle = angle_of(goal[4]);
  let turn = cos_sin(turn_between(angle, goal_angle));
  return hellinger(centre - goal_centre, size, cos_sin(angle), goal_size, cos_sin(goal_angle), turn, 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let pair = group * WORKGROUP + lane;
  let is_active = pair < task.part.count;
  var bits = 0u;
  if (is_active) {
    var own: array<u32, 5>;
    var goal: array<u32, 5>;
    var largest = 0u;
    for (var i = 0u; i < 5u; i++) {
      own[i] = inputs[task.part.input_base + 5u * pair + i];
      goal[i] = targets[task.part.target_base + 5u * pair + i];
      largest = max(largest, max(own[i] & MAGNITUDE, goal[i] & MAGNITUDE));
    }
    // A box that is not finite has no similarity
    let is_lost = largest >= INFINITY_BITS;
    let fit = fit_of(own, goal);
    var slopes = array(fit.centre.x, fit.centre.y, fit.size.x, fit.size.y, fit.angle);
    bits = bits_or_nan(fit.loss, is_lost);
    for (var i = 0u; i < 5u; i++) {
      let scaled = product_bits(bits_or_nan(slopes[i], is_lost), bitcast<u32>(task.part.scale));
      store_grad(5u * pair + i, scaled);
    }
    store_value(pair, bits);
  }
  let special = special_of(bits);
  let sum = workgroup_sum(select(0.0, finite(bits), special == 0u), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(task.part.slot + group, vec4(sum, 0.0, 0.0, 0.0), special, lane, group * WORKGROUP < task.part.count);
}
