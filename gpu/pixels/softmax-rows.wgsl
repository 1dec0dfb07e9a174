// import lib/dispatch
// import lib/pixels
// Softmax over the classes of every pixel.

struct SoftmaxRowsUniforms {
  @size(32) pixels: Pixels,
}

@group(0) @binding(0) var<uniform> task: SoftmaxRowsUniforms;
/// [pixels]
@group(0) @binding(3) var<storage, read_write> rows: array<Softmax>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixel = workgroup_index(workgroup) * WORKGROUP + lane;
  if (pixel >= task.pixels.count) { return; }
  let first = class_zero_of(pixel);
  let label = labels[pixel];
  var largest = LEAST;
  var special = 0u;
  // Whether no logit is above −∞
  var is_empty = true;
  for (var c = 0u; c < task.pixels.classes; c++) {
    let bits = logit_of(first, c);
    let own = special_of(bits);
    special |= own;
    if (own != IS_MINUS_INFINITE) {
      is_empty = false;
      largest = max(largest, finite(bits));
    }
  }
  // The sum over the other classes is apart, so that 1 − p keeps its digits for a class that is nearly certain
  var others = 0.0;
  var own = 0.0;
  for (var c = 0u; c < task.pixels.classes; c++) {
    let e = exponential(logit_of(first, c), largest);
    if (c == label) { own = e; } else { others += e; }
  }
  let is_lost = is_empty || (special & (IS_NAN | IS_INFINITE)) != 0u;
  let total = select(others + own, 1.0, is_lost);
  let inverse = 1.0 / total;
  var entropy = 0u;
  if (is_lost) {
    entropy = NAN_BITS;
  } else if (label != NO_CLASS) {
    let bits = logit_of(first, label);
    let behind = largest - finite(bits);
    let beyond = select(total - 1.0, others, behind == 0.0);
    entropy = select(bitcast<u32>(behind + log1p_poly(beyond)), INFINITY_BITS, special_of(bits) != 0u);
  }
  rows[pixel] = Softmax(largest, select(inverse, 0.0, is_lost), others * inverse, entropy);
}
