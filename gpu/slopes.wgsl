// import lib/bits
// import lib/softplus
// import lib/walk
// Gradient of the background by every channel of one level: scale · slope at class logits, 0 at box
// channels, which are not read. Every element is written once.

struct Level {
  walk: Walk,
  /// Of the level in `grads`.
  out_base: u32,
  scale: f32,
  gamma: f32,
  /// NaN's bits where the scale is NaN, which a shader cannot be handed; else 0.
  poison: u32,
  /// First class channel, counted in `minor`.
  class_start: u32,
  minor_step: u32,
}

@group(0) @binding(0) var<uniform> level: Level;
@group(0) @binding(1) var<storage, read> logits: array<Word>;
@group(0) @binding(2) var<storage, read_write> grads: array<Word>;

/// Bits of scale · slope.
fn slope_of(bits: Word) -> Word {
  let x = logit_of(bits);
  var slope = Real(0.0);
  if (MODULATED) {
    slope = modulated(x, level.gamma).slope;
  } else {
    slope = sigmoid_of(x, decay(x));
  }
  let is_nan = (bits & Word(MAGNITUDE)) > Word(INFINITY_BITS);
  let scaled = bitcast<Word>(slope * level.scale);
  return select(scaled, Word(NAN_BITS), is_nan) | Word(level.poison);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = start_of(level.walk, workgroup_index(workgroup) * WORKGROUP + lane);
  var at = start.at;
  var minor = start.minor;
  for (var k = 0u; k < start.count; k++) {
    var bits = Word(0u);
    if (minor >= level.class_start) { bits = slope_of(logits[level.walk.base + at]); }
    grads[level.out_base + at] = bits;
    at += level.walk.step;
    minor += level.minor_step;
  }
}
