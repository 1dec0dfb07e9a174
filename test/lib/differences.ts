/**
 * Central differences of f with respect to values of the data it reads.
 *
 * @param indices of the values to move
 * @param step near the cube root of float64's epsilon a difference is most accurate
 * @returns one derivative an index
 */
export function differencesAt(
  data: Float64Array,
  indices: ArrayLike<number>,
  f: () => number,
  step: number,
): Float64Array {
  return Float64Array.from(indices, (i) => {
    const x = data[i];
    data[i] = x + step;
    const above = f();
    data[i] = x - step;
    const below = f();
    data[i] = x;
    return (above - below) / (2 * step);
  });
}

/** At most `most` of the numbers below `count`, evenly spread. */
export function someIndices(count: number, most: number): number[] {
  const step = Math.max(1, count / most);
  return Array.from({ length: Math.min(count, most) }, (_, i) => Math.floor(i * step));
}
