// import lib/dispatch
// import lib/ieee
// import lib/softplus

/// Number of channels whose gradients a thread keeps: at most the threads of a workgroup, and the bits of a word.
const MASK_BLOCK = 32u;

/// Uniforms of both passes of masks: some images of prototypes, and their positives.
struct MasksUniforms {
  /// First element of the prototypes, and of their gradients, in each binding.
  base: u32,
  out_base: u32,
  images: u32,
  channels: u32,
  height: u32,
  width: u32,
  /// The group's positives in the list.
  first: u32,
  count: u32,
  /// Number of all positives in the list.
  pitch: u32,
  /// Index of the group's first partial sum.
  slot: u32,
  /// First of the channels whose gradients the dispatch writes.
  first_channel: u32,
  /// 0: no gradients.
  backward: u32,
  scale: f32,
}

/// A positive, with its target's crop, right and bottom exclusive, and mask.
struct MaskPositive {
  image: u32,
  left: u32,
  top: u32,
  right: u32,
  bottom: u32,
  /// Index of the first bit of the crop's mask, which has one bit per pixel, row-major.
  mask: u32,
  /// 1 / (h · w · the box's normalised area).
  weight: f32,
}

/// Loss of a pixel and its derivative with respect to the logit.
struct Pixel {
  loss: f32,
  slope: f32,
  /// Whether an input is NaN or infinite, so that there is no loss.
  special: bool,
  /// Whether the logit is NaN, so that there is no gradient either.
  lost: bool,
}

/// Bits of the logit, with NaN and infinity as in IEEE 754.
fn odd_logit(task: MasksUniforms, index: u32, start: u32) -> u32 {
  var prototype_at = start;
  var logit = 0u;
  for (var m = 0u; m < task.channels; m++) {
    logit = sum_bits(logit, product_bits(coefficients[m * task.pitch + index], prototypes[prototype_at]));
    prototype_at += task.height * task.width;
  }
  return logit;
}

/// BCE of one pixel of a positive against its mask. Its logit is Σ over channels of coefficient · prototype. It reads
/// `prototypes`, `coefficients` [channels, pitch] and `bits` of the pass.
fn pixel_of(task: MasksUniforms, index: u32, positive: MaskPositive, at: vec2<u32>) -> Pixel {
  let plane = task.height * task.width;
  let start = task.base + positive.image * task.channels * plane + at.y * task.width + at.x;
  var prototype_at = start;
  var logit = 0.0;
  var largest = 0u;
  for (var m = 0u; m < task.channels; m++) {
    let coefficient = coefficients[m * task.pitch + index];
    let prototype = prototypes[prototype_at];
    largest = max(largest, max(coefficient & MAGNITUDE, prototype & MAGNITUDE));
    logit += finite(coefficient) * finite(prototype);
    prototype_at += plane;
  }
  let bit = positive.mask + (at.y - positive.top) * (positive.right - positive.left) + at.x - positive.left;
  let turned = ((bits[bit / 32u] >> (bit % 32u)) & 1u) << 31u;
  let special = largest >= INFINITY_BITS;
  var logit_bits = bitcast<u32>(logit);
  if (special) { logit_bits = odd_logit(task, index, start); }
  let y = logit_bits ^ turned;
  let e = decay(mirrored(y));
  let slope = bitcast<f32>(bitcast<u32>(sigmoid_of(y, e, 1.0)) ^ turned);
  return Pixel(linear_part(y) + log1p_poly(e), slope, special, special && is_nan(logit_bits));
}
