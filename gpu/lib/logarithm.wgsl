// import lib/bits
// import lib/math

/// Smallest normal number.
const NORMAL_BITS = 0x00800000u;

/// log of a number ≥ 0 given by its bits; that of 0 is LOWEST. Arithmetic might take a denormal number for 0, this does not.
fn log_of_bits(bits: u32) -> f32 {
  if (bits >= NORMAL_BITS) { return log_poly(bitcast<f32>(bits)); }
  // A denormal number is its bits, as an integer, times 2^−149
  return select(log_poly(f32(bits)) - 149.0 * LN2, LOWEST, bits == 0u);
}
