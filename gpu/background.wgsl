// import lib/bits
// import lib/softplus
// import lib/walk
// import lib/partial
// import lib/weighting
// Class loss of one level as if no anchor had a target. With SUMS it computes the sum of the loss, with SLOPES its
// gradient, times the scale at class logits and 0 at box channels. It reads each class logit once and writes every
// element of the gradient once. `lib/weighting` declares the weights of logits, if there are any.

struct BackgroundUniforms {
  /// Walk over class logits. It alone determines which thread adds up which logits.
  walk: Walk,
  /// Walk over box channels of `grads`.
  zeros: Walk,
  /// First class logit of the level in `grads`.
  out_base: u32,
  /// Index of the level's first partial sum.
  slot: u32,
  gamma: f32,
  scale: f32,
  /// Bits of NaN if the scale is NaN, which cannot be passed to a shader; else 0.
  poison: u32,
  /// Layout of the level and of the anchors, for weights.
  image_stride: u32,
  channel_stride: u32,
  cell_stride: u32,
  classes: u32,
  first_anchor: u32,
  anchors: u32,
}

/// Result of `mirrored` for −∞; NaN gives a larger one.
const MIRRORED_INFINITY = -0x00800000;

@group(0) @binding(0) var<uniform> level: BackgroundUniforms;
@group(0) @binding(1) var<storage, read> logits: array<Word>;
@group(0) @binding(2) var<storage, read_write> partials: array<Partial>;
@group(0) @binding(3) var<storage, read_write> grads: array<Word>;

/// Sums of one thread.
struct Sum {
  linear: f32,
  /// Π(1 + e) − 1 of a thread's logits, each factor at most 2: it takes one logarithm and loses no small e.
  product: f32,
  /// Largest result of `mirrored`.
  largest: i32,
}

fn clear_boxes(thread: u32) {
  let start = start_of(level.zeros, thread);
  var at = level.zeros.base + start.at;
  for (var k = 0u; k < start.count; k++) {
    grads[at] = Word(0u);
    at += level.zeros.step;
  }
}

fn classify(start: Start) -> Sum {
  var linear = 0.0;
  var product = 0.0;
  var largest = bitcast<i32>(SIGN);
  var at = start.at;
  for (var k = 0u; k < start.count; k++) {
    let bits = logits[level.walk.base + at];
    let own = mirrored(bits);
    let weight = weight_of(at);
    if (!WEIGHTED || first_of(weight) > 0.0) { largest = max(largest, largest_of(own)); }
    let e = decay(own);
    if (MODULATED || WEIGHTED) {
      let term = modulated(bits, e, level.gamma);
      if (SUMS) { linear += total(term.loss * weight); }
      if (SLOPES) { grads[level.out_base + at] = bitcast<Word>(term.slope * weight * level.scale); }
    } else {
      if (SUMS) {
        product = compound(product, e, e + Real(1.0));
        linear += total(linear_part(bits));
      }
      if (SLOPES) { grads[level.out_base + at] = bitcast<Word>(sigmoid_of(bits, e, level.scale)); }
    }
    at += level.walk.step;
  }
  return Sum(linear, product, largest);
}

/// Flags for NaN and infinity among a thread's logits; −∞ counts as NaN, as x · 0 does in PyTorch.
fn flags_of(start: Start) -> u32 {
  var special = 0u;
  for (var k = 0u; k < start.count; k++) {
    let at = start.at + k * level.walk.step;
    let bits = logits[level.walk.base + at];
    if (WEIGHTED && first_of(weight_of(at)) == 0.0) { continue; }
    for (var lane = 0u; lane < LANES; lane++) { special |= special_of(lane_of(bits, lane)); }
  }
  return select(0u, CLS_NAN, (special & (IS_NAN | IS_MINUS_INFINITE)) != 0u)
    | select(0u, CLS_INFINITE, (special & IS_INFINITE) != 0u);
}

/// Writes NaN to the gradients of NaN logits, and to all gradients if the scale is NaN.
fn spoil(start: Start) {
  for (var k = 0u; k < start.count; k++) {
    let at = start.at + k * level.walk.step;
    let bits = logits[level.walk.base + at];
    if (WEIGHTED && first_of(weight_of(at)) == 0.0) { continue; }
    let is_nan = (bits & Word(MAGNITUDE)) > Word(INFINITY_BITS);
    let own = select(grads[level.out_base + at], Word(NAN_BITS), is_nan);
    grads[level.out_base + at] = own | Word(level.poison);
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let thread = group * WORKGROUP + lane;
  let start = start_of(level.walk, thread);
  let own = classify(start);
  let is_special = own.largest >= MIRRORED_INFINITY;
  if (SLOPES) {
    clear_boxes(thread);
    if (is_special || level.poison != 0u) { spoil(start); }
  }
  if (SUMS) {
    var flags = 0u;
    if (is_special) { flags = flags_of(start); }
    let softplus = own.linear + first_of(log1p_poly(Real(own.product)));
    let sum = shared_sum(softplus, lane, SUBGROUP_LANE, SUBGROUP_SIZE);
    let all = shared_or(flags, SUBGROUP_SIZE);
    let is_used = group * WORKGROUP < level.walk.threads;
    if (lane % SHARERS == 0u && is_used) {
      partials[level.slot + thread / SHARERS] = Partial(vec4(bitcast<u32>(sum), 0u, 0u, 0u), all);
    }
  }
}
