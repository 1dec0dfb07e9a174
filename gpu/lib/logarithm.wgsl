// import lib/bits
// import lib/math

/// Smallest normal number.
const NORMAL_BITS = 0x00800000u;

/// log of a number ≥ 0 given by its bits, denormal ones too, which arithmetic may take for 0; of 0 LOWEST.
fn log_of_bits(bits: u32) -> f32 {
  if (bits >= NORMAL_BITS) { return log_poly(bitcast<f32>(bits)); }
  // So many times 2^−149
  return select(log_poly(f32(bits)) - 149.0 * LN2, LOWEST, bits == 0u);
}
