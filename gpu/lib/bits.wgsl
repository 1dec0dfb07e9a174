// NaN and infinity, told by their bits: a WGSL compiler may assume that no float is either.

const NAN_BITS = 0x7fc00000u;
const INFINITY_BITS = 0x7f800000u;
const MAGNITUDE = 0x7fffffffu;

const IS_NAN = 1u;
const IS_INFINITE = 2u;
const IS_MINUS_INFINITE = 4u;

/// Stands in for −∞: no sum of two such overflows.
const LOWEST = -1e38;

/// Which of the above the float of these bits is; 0: finite.
fn special_of(bits: u32) -> u32 {
  let magnitude = bits & MAGNITUDE;
  if (magnitude < INFINITY_BITS) { return 0u; }
  if (magnitude > INFINITY_BITS) { return IS_NAN; }
  return select(IS_INFINITE, IS_MINUS_INFINITE, bits != magnitude);
}

/// The float of these bits where it is finite; else a finite one of its sign, 0 for NaN.
fn finite(bits: u32) -> f32 {
  let special = special_of(bits);
  if (special == 0u) { return bitcast<f32>(bits); }
  if (special == IS_NAN) { return 0.0; }
  return select(LOWEST, -LOWEST, special == IS_INFINITE);
}

/// Bits to store: the value's, or NaN's.
fn bits_or_nan(value: f32, nan: bool) -> u32 {
  return select(bitcast<u32>(value), NAN_BITS, nan);
}
