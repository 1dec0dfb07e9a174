// import lib/dispatch
// import lib/ieee
// import lib/part
// import lib/partial
// import lib/similarity
// 1 − similarity of pairs of upright boxes [N, 4], xyxy, and its gradient.

struct BoxIouUniforms {
  @size(48) part: Part,
  kind: u32,
}

@group(0) @binding(0) var<uniform> task: BoxIouUniforms;

/// Distances of a box's sides from the origin, with left and top counted to the other side.
fn sides_of(bits: vec4<u32>) -> vec4<f32> {
  return vec4(-finite(bits.x), -finite(bits.y), finite(bits.z), finite(bits.w));
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
    let at = task.part.input_base + 4u * pair;
    let own = vec4(inputs[at], inputs[at + 1u], inputs[at + 2u], inputs[at + 3u]);
    let to = task.part.target_base + 4u * pair;
    let goal = vec4(targets[to], targets[to + 1u], targets[to + 2u], targets[to + 3u]);
    let magnitudes = max(own & vec4(MAGNITUDE), goal & vec4(MAGNITUDE));
    // A box that is not finite has no similarity
    let is_lost = max(max(magnitudes.x, magnitudes.y), max(magnitudes.z, magnitudes.w)) >= INFINITY_BITS;
    let fit = similarity_of(task.kind, sides_of(own), sides_of(goal));
    bits = bits_or_nan(fit.loss, is_lost);
    for (var side = 0u; side < 4u; side++) {
      let slope = fit.slope[side] * select(-1.0, 1.0, side < 2u);
      let scaled = product_bits(bits_or_nan(slope, is_lost), bitcast<u32>(task.part.scale));
      store_grad(4u * pair + side, scaled);
    }
    store_value(pair, bits);
  }
  let special = special_of(bits);
  let sum = workgroup_sum(select(0.0, finite(bits), special == 0u), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(task.part.slot + group, vec4(sum, 0.0, 0.0, 0.0), special, lane, group * WORKGROUP < task.part.count);
}
