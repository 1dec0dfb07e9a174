// import lib/dispatch
// import lib/ieee
// import lib/softplus

/// What both passes of masks are about: some images of prototypes, and their positives.
struct Masks {
  /// Of the prototypes in their binding, and of their gradients.
  base: u32,
  out_base: u32,
  images: u32,
  channels: u32,
  height: u32,
  width: u32,
  /// Of the group, and of the whole list.
  first: u32,
  count: u32,
  pitch: u32,
  /// Of the partial sums.
  slot: u32,
  /// Channels of the gradients that a dispatch writes begin here.
  first_channel: u32,
  /// 0: no gradients.
  backward: u32,
  scale: f32,
}

/// A positive: its target's crop, right and bottom exclusive, and mask.
struct Positive {
  image: u32,
  left: u32,
  top: u32,
  right: u32,
  bottom: u32,
  /// First bit of the crop's mask, a bit a pixel, row-major.
  mask: u32,
  /// 1 / (h · w · the box's normalised area).
  weight: f32,
}

struct Pixel {
  loss: f32,
  slope: f32,
  /// Whether a value was NaN or infinite: there is no loss.
  special: bool,
  /// Whether the logit is NaN: there is no slope either.
  lost: bool,
}

/// The logit's bits, with NaN and infinity as IEEE 754 has them.
fn odd_logit(task: Masks, index: u32, start: u32) -> u32 {
  var prototype_at = start;
  var logit = 0u;
  for (var m = 0u; m < task.channels; m++) {
    logit = sum_bits(logit, product_bits(coefficients[m * task.pitch + index], prototypes[prototype_at]));
    prototype_at += task.height * task.width;
  }
  return logit;
}

/// BCE of one pixel of a positive: its logit, Σ over channels of coefficient · prototype, against its mask. Reads
/// `prototypes`, `coefficients` [channels, pitch] and `bits` of the pass.
fn pixel_of(task: Masks, index: u32, positive: Positive, at: vec2<u32>) -> Pixel {
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
