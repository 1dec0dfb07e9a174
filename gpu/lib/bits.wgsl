// NaN and infinity are found by their bits: a WGSL compiler may assume that no float is either.

/// Bits of an f32 that is copied, even if it is NaN. The host writes it as a number.
alias FloatBits = u32;

const NAN_BITS = 0x7fc00000u;
const INFINITY_BITS = 0x7f800000u;
const MAGNITUDE = 0x7fffffffu;

const IS_NAN = 1u;
const IS_INFINITE = 2u;
const IS_MINUS_INFINITE = 4u;

/// Number that stands in for −∞. The sum of two does not overflow.
const LOWEST = -1e38;

/// The lowest float.
const LEAST = -3.4028234e38;

/// Flag of the float with these bits; 0: it is finite.
fn special_of(bits: u32) -> u32 {
  let magnitude = bits & MAGNITUDE;
  if (magnitude < INFINITY_BITS) { return 0u; }
  if (magnitude > INFINITY_BITS) { return IS_NAN; }
  return select(IS_INFINITE, IS_MINUS_INFINITE, bits != magnitude);
}

/// The float with these bits if it is finite; else a finite one of its sign, or 0 for NaN.
fn finite(bits: u32) -> f32 {
  let special = special_of(bits);
  if (special == 0u) { return bitcast<f32>(bits); }
  if (special == IS_NAN) { return 0.0; }
  return select(LOWEST, -LOWEST, special == IS_INFINITE);
}

/// Bits of the value, or of NaN.
fn bits_or_nan(value: f32, nan: bool) -> u32 {
  return select(bitcast<u32>(value), NAN_BITS, nan);
}
