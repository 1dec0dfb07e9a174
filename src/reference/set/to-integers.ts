/**
 * Converts costs to integers of one scale, without rounding. Costs that are not finite become a number so large that
 * a sum with fewer of them is always less.
 *
 * @param pairs most costs that are summed
 */
export function toIntegers(cost: ArrayLike<number>, pairs: number): bigint[] {
  const parts = Array.from(cost, (x) => (Number.isFinite(x) ? split(x) : undefined));
  const lowest = parts.reduce((least, part) => Math.min(least, part?.exponent ?? least), 0);
  const integers = parts.map((part) => part && part.mantissa << BigInt(part.exponent - lowest));
  const largest = integers.reduce<bigint>((most, x = 0n) => {
    const size = x < 0n ? -x : x;
    return size > most ? size : most;
  }, 0n);
  const behind = 2n * BigInt(pairs) * largest + 1n;
  return integers.map((x) => x ?? behind);
}

/** Number of fraction bits of a float64. */
const FRACTION_BITS = 52n;
/** Exponent of the last fraction bit of the smallest normal float64; of the subnormal ones too. */
const LEAST_EXPONENT = -1074;

/** mantissa · 2^exponent of a finite float64. */
function split(x: number): { mantissa: bigint; exponent: number } {
  if (x === 0) return { mantissa: 0n, exponent: 0 };
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> FRACTION_BITS);
  const fraction = BigInt.asUintN(Number(FRACTION_BITS), bits);
  const size = biased === 0 ? fraction : fraction + (1n << FRACTION_BITS);
  return {
    mantissa: x < 0 ? -size : size,
    exponent: LEAST_EXPONENT + Math.max(biased - 1, 0),
  };
}
