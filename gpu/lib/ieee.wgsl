// import lib/bits
// Sums and products of floats given by their bits, with NaN and infinity as in IEEE 754, which WGSL does not guarantee.

const ONE_BITS = 0x3f800000u;

/// Bits of a loss's value and of its derivative with respect to the input.
struct LossBits {
  value: u32,
  slope: u32,
}

fn loss_bits(value: f32, slope: f32) -> LossBits {
  return LossBits(bitcast<u32>(value), bitcast<u32>(slope));
}

fn is_nan(a: u32) -> bool {
  return (a & MAGNITUDE) > INFINITY_BITS;
}

fn is_infinite(a: u32) -> bool {
  return (a & MAGNITUDE) == INFINITY_BITS;
}

fn is_zero(a: u32) -> bool {
  return (a & MAGNITUDE) == 0u;
}

/// Whether a number is above 0, as infinity is; NaN is not.
fn is_positive(a: u32) -> bool {
  return a != 0u && a <= INFINITY_BITS;
}

fn negated(a: u32) -> u32 {
  return a ^ ~MAGNITUDE;
}

fn sum_bits(a: u32, b: u32) -> u32 {
  if (is_nan(a) || is_nan(b)) { return NAN_BITS; }
  if (is_infinite(a)) { return select(a, NAN_BITS, is_infinite(b) && a != b); }
  if (is_infinite(b)) { return b; }
  return bitcast<u32>(bitcast<f32>(a) + bitcast<f32>(b));
}

fn product_bits(a: u32, b: u32) -> u32 {
  if (is_nan(a) || is_nan(b)) { return NAN_BITS; }
  if (!is_infinite(a) && !is_infinite(b)) { return bitcast<u32>(bitcast<f32>(a) * bitcast<f32>(b)); }
  return select(INFINITY_BITS | ((a ^ b) & ~MAGNITUDE), NAN_BITS, is_zero(a) || is_zero(b));
}

/// Sign of a number: −1, 0 or 1; that of NaN is NaN.
fn sign_bits(a: u32) -> u32 {
  if (is_nan(a)) { return NAN_BITS; }
  return select(ONE_BITS | (a & ~MAGNITUDE), 0u, is_zero(a));
}
