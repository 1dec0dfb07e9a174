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
@group(0) @binding(1) var<storage, read> logits: array<Word>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<u32>>;

/// Which of NaN and infinity a thread's logits hold; −∞ gives NaN, as x · 0 does in PyTorch.
fn flags_of(start: Start) -> u32 {
  var special = 0u;
  for (var k = 0u; k < start.count; k++) {
    let bits = logits[level.walk.base + start.at + k * level.walk.step];
    for (var lane = 0u; lane < LANES; lane++) { special |= special_of(lane_of(bits, lane)); }
  }
  return select(0u, CLS_NAN, (special & (IS_NAN | IS_MINUS_INFINITE)) != 0u)
    | select(0u, CLS_INFINITE, (special & IS_INFINITE) != 0u);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let start = start_of(level.walk, group * WORKGROUP + lane);
  var linear = Real(0.0);
  var product = Real(0.0);
  var largest = Word(0u);
  var at = level.walk.base + start.at;
  for (var k = 0u; k < start.count; k++) {
    let bits = logits[at];
    let x = logit_of(bits);
    largest = max(largest, bits & Word(MAGNITUDE));
    if (MODULATED) {
      linear += modulated(x, level.gamma).loss;
    } else {
      // Π(1 + e) − 1 of K factors, none above 2, takes one logarithm and loses no small e.
      let e = decay(x);
      product += e * (Real(1.0) + product);
      linear += linear_part(x);
    }
    at += level.walk.step;
  }
  var flags = 0u;
  if (largest_of(largest) >= INFINITY_BITS) { flags = flags_of(start); }
  let sum = workgroup_sum(total(linear + log1p_poly(product)), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let is_used = group * WORKGROUP < level.walk.threads;
  store_partial(level.slot + group, vec3(sum, 0.0, 0.0), flags, lane, is_used);
}
