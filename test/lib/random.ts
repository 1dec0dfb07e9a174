const STEP = 0x6d2b79f5;
const SQRT_3 = 1.7320508075688772;

/** A counter-based stream of uniform numbers in [0, 1): the same on every machine (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + STEP) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The first values of a stream of nearly normal numbers, the generator of the fixtures' recipes:
 * the sum of four uniforms, scaled to the given mean and standard deviation.
 */
export function normal(
  { seed, mean, std }: { seed: number; mean: number; std: number },
  count: number,
): Float32Array {
  const uniform = uniforms(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const sum = uniform() + uniform() + (uniform() + uniform());
    values[i] = (sum - 2) * SQRT_3 * std + mean;
  }
  return values;
}
