/** Numbers and typed arrays, nested. */
type Result = object;

/** Copy of one call's result, which stays valid when the call's arrays change. */
export type Bits = Record<string, Int32Array>;

/** Copies every bit of a result, by name. */
export function bitsOf(result: Result): Bits {
  const bits: Bits = {};
  const visit = (name: string, value: unknown) => {
    if (typeof value === 'number') bits[name] = wordsOf(Float64Array.of(value));
    else if (ArrayBuffer.isView(value)) bits[name] = wordsOf(value);
    else for (const [key, own] of Object.entries(value as object)) visit(`${name}.${key}`, own);
  };
  visit('result', result);
  return bits;
}

/** Copies an array of numbers of 4 or 8 bytes. */
function wordsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / 4).slice();
}

/**
 * Fails unless a result has these bits. It compares millions of gradients fast.
 *
 * @throws {Error} naming the first difference
 */
export function expectBits(result: Result, expected: Bits, what = 'a call'): void {
  const actual = bitsOf(result);
  const names = Object.keys(actual).join(', ');
  if (names !== Object.keys(expected).join(', ')) {
    throw new Error(`${what} gave ${names}, expected ${Object.keys(expected).join(', ')}`);
  }
  for (const [name, values] of Object.entries(expected)) {
    const own = actual[name];
    const at = own.length === values.length ? firstDifference(own, values) : -1;
    if (own.length === values.length && at < 0) continue;
    const where = at < 0 ? `${own.length} words of ${values.length}` : `other bits from ${at} on`;
    throw new Error(`${what}: ${name} has ${where}, ${own[at]} instead of ${values[at]}`);
  }
}

function firstDifference(a: Int32Array, b: Int32Array): number {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return i;
  return -1;
}
