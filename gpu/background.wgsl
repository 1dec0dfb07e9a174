// import lib/bits
// import lib/softplus
// import lib/walk
// import lib/partial
// Class loss of one level's logits as if no anchor had a target. Reads class channels only, each once.

struct Level {
  walk: Walk,
  gamma: f32,
  slot: u32,
}

@group(0) @binding(0) var<uniform> level: Level;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let start = start_of(level.walk, group * WORKGROUP + lane);
  var special = 0u;
  var linear = 0.0;
  var product = 0.0;
  var at = level.walk.base + start.at;
  for (var k = 0u; k < start.count; k++) {
    let bits = logits[at];
    let x = finite(bits);
    special |= special_of(bits);
    if (MODULATED) {
      linear += modulated(x, level.gamma).loss;
    } else {
      // Π(1 + e) − 1 of K factors, none above 2, takes one logarithm and loses no small e.
      let e = exp_poly(-abs(x));
      product += e * (1.0 + product);
      linear += max(x, 0.0);
    }
    at += level.walk.step;
  }
  // −∞ gives NaN, as x · 0 does in PyTorch.
  let flags = select(0u, CLS_NAN, (special & (IS_NAN | IS_MINUS_INFINITE)) != 0u)
    | select(0u, CLS_INFINITE, (special & IS_INFINITE) != 0u);
  let sum = workgroup_sum(linear + log1p_poly(product), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let is_used = group * WORKGROUP < level.walk.threads;
  store_partial(level.slot + group, vec3(sum, 0.0, 0.0), flags, lane, is_used);
}
