/** Flags of gpu/lib/bits.wgsl: values that a shader cannot be trusted to add up. */
const IS_NAN = 1;
const IS_INFINITE = 2;
const IS_MINUS_INFINITE = 4;

/** The first of the sums that gpu/fold.wgsl writes, in two parts, as IEEE 754 would have it. */
export function readSum(memory: ArrayBuffer): number {
  const parts = new Float32Array(memory);
  const flags = new Uint32Array(memory)[3];
  const infinite = flags & (IS_INFINITE | IS_MINUS_INFINITE);
  if (flags & IS_NAN || infinite === (IS_INFINITE | IS_MINUS_INFINITE)) return Number.NaN;
  if (infinite) return infinite === IS_INFINITE ? Infinity : -Infinity;
  return parts[0] + parts[4];
}
