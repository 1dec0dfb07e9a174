/**
 * The number that a half-precision float (IEEE 754 binary16) stands for.
 *
 * @param {number} bits 0 to 65535
 */
export function fromHalf(bits) {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (0x400 + fraction) * 2 ** (exponent - 25);
}

/**
 * Bits of the nearest half-precision float; ties go to the even one.
 *
 * @param {number} value
 * @returns {number} its bits
 */
export function toHalf(value) {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Floats below 2^−14 have the same spacing
  const exponent = Math.max(exponentOf(size), -14);
  const steps = size / 2 ** (exponent - 10);
  // A fraction that rounds up to the next power of two carries over to the exponent
  return sign | (((exponent + 14) << 10) + roundToEven(steps));
}

/**
 * Value of a bfloat16, which is the upper half of a float32.
 *
 * @param {number} bits 0 to 65535
 */
export function fromBfloat(bits) {
  float32Bits[0] = bits << 16;
  return float32[0];
}

const float32 = new Float32Array(1);
const float32Bits = new Uint32Array(float32.buffer);

/** @param {number} size above 0, or 0 */
function exponentOf(size) {
  const exponent = Math.floor(Math.log2(size));
  return 2 ** exponent > size ? exponent - 1 : exponent;
}

/** @param {number} value at least 0 */
function roundToEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below + (below % 2);
  return rest > 0.5 ? below + 1 : below;
}
