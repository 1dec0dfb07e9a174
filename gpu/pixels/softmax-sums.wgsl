// import lib/dispatch
// import lib/partial
// import lib/pixels
// Sums over stretches of pixels, by class: Σ p over pixels of other classes; and over its own, Σ 1 − p and Σ −log p. Each is a
// sum of what is wrong, in which nothing cancels. The flags say what sums of −log p are.

/// Number of pixels that a thread takes.
const PIXELS_A_THREAD = 32u;

struct SoftmaxSumsUniforms {
  @size(32) pixels: Pixels,
  /// Number of workgroups that share a class: each takes PIXELS_A_THREAD · WORKGROUP pixels.
  stretches: u32,
}

@group(0) @binding(0) var<uniform> task: SoftmaxSumsUniforms;
/// [pixels]
@group(0) @binding(3) var<storage, read> rows: array<Softmax>;
/// [classes, stretches]
@group(0) @binding(4) var<storage, read_write> partials: array<Partial>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let own = group / task.stretches;
  var sums = vec3(0.0);
  var flags = 0u;
  for (var k = 0u; k < PIXELS_A_THREAD; k++) {
    let pixel = ((group % task.stretches) * PIXELS_A_THREAD + k) * WORKGROUP + lane;
    if (pixel >= task.pixels.count || own >= task.pixels.classes) { break; }
    let label = labels[pixel];
    if (label == NO_CLASS) { continue; }
    let row = rows[pixel];
    if (row.inverse == 0.0) {
      flags |= IS_NAN;
    } else if (label == own) {
      flags |= special_of(row.entropy);
      sums += vec3(0.0, row.rest, select(bitcast<f32>(row.entropy), 0.0, special_of(row.entropy) != 0u));
    } else {
      sums.x += exponential(logit_of(class_zero_of(pixel), own), row.largest) * row.inverse;
    }
  }
  let excess = workgroup_sum(sums.x, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let deficit = workgroup_sum(sums.y, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  let entropy = workgroup_sum(sums.z, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(group, vec4(excess, deficit, entropy, 0.0), flags, lane, own < task.pixels.classes);
}
