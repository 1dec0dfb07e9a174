// import lib/bits
// import lib/math
// Logits of the pixels of some images, whose classes are channels of their images. Uses `task` of the pass.

/// Uniform memory holds structs in multiples of 16 bytes, so members of this type have @size(32).
struct Pixels {
  /// Number of pixels of all images.
  count: u32,
  /// Number of pixels of an image.
  area: u32,
  /// Number of channels of an image; one is that of class 1 of two, beside logits of 0.
  channels: u32,
  classes: u32,
  logits_base: u32,
  grads_base: u32,
}

/// Softmax of a pixel.
struct Softmax {
  largest: f32,
  /// 1 / Σ exp(x − largest); 0 if some probability is NaN.
  inverse: f32,
  /// 1 − p of the pixel's class.
  rest: f32,
  /// Bits of −log p of the pixel's class.
  entropy: FloatBits,
}

@group(0) @binding(1) var<storage, read> logits: array<u32>;
/// i32 [pixels], classes; a pixel of −1 does not count.
@group(0) @binding(2) var<storage, read> labels: array<u32>;

/// Label of pixels that do not count.
const NO_CLASS = 0xffffffffu;

/// Element of class 0 of a pixel, from the first one of the part.
fn class_zero_of(pixel: u32) -> u32 {
  return (pixel / task.pixels.area) * task.pixels.channels * task.pixels.area + pixel % task.pixels.area;
}

/// Bits of the logit of class c. @param first element of the pixel's class 0
fn logit_of(first: u32, c: u32) -> u32 {
  if (task.pixels.channels == 1u) {
    if (c == 0u) { return 0u; }
    return logits[task.pixels.logits_base + first];
  }
  return logits[task.pixels.logits_base + first + c * task.pixels.area];
}

/// exp(x − largest), 0 for an x of −∞.
fn exponential(bits: u32, largest: f32) -> f32 {
  let difference = finite(bits) - largest;
  if (difference <= EXP_MIN || special_of(bits) == IS_MINUS_INFINITE) { return 0.0; }
  return exp_poly(difference);
}
