/** Largest finite float32. */
const LARGEST = 2 ** 128 - 2 ** 104;
/** Smallest normal float32. Shaders may take smaller ones for 0. */
const SMALLEST = 2 ** -126;
/** Exponents between which sums over many rows, and products with small shares, keep within float32. */
const HIGHEST = 70;
const LOWEST = -100;

/**
 * Power of two in which a shader can hold these numbers and their sums: 1, unless some of them are extreme. If no unit suits
 * all of them, the largest ones count.
 *
 * @param highest exponent of the largest number in that unit
 */
export function unitOf(numbers: Iterable<number>, highest = HIGHEST): number {
  let high = 0;
  let low = 0;
  for (const number of numbers) {
    if (!(number > 0 && number < Infinity)) continue;
    const exponent = Math.floor(Math.log2(number));
    if (exponent > high) high = exponent;
    if (exponent < low) low = exponent;
  }
  if (high > highest) return 2 ** (high - highest);
  return low < LOWEST ? 2 ** (low - LOWEST) : 1;
}

/** A factor as a shader can hold it: finite. */
export function finiteFactor(number: number): number {
  return Math.min(number, LARGEST);
}

/** A number as a shader can hold it, so that one above 0 stays above 0. */
export function held(number: number): number {
  return number > 0 ? Math.max(finiteFactor(number), SMALLEST) : number;
}
