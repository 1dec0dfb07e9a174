/** Most levels, the first one included. */
export const MOST_LEVELS = 4;
/** A level with a shorter side is the last. */
const SHORTEST = 4;
/** Least share of the errors that count in the cells with any, at or below which the pyramid ends. */
const FULL: f64 = 0.7;

/** Number of elements of a level. */
// @ts-ignore: decorator
@inline
export function lengthOf(height: i32, width: i32): usize {
  return <usize>height * <usize>width;
}

/**
 * Halves a level: an error is the mean of those that count among 2 × 2, and counts if any does. The last row or column
 * of an odd number is dropped.
 *
 * @returns whether the level is full enough to count
 */
function halve(errors: usize, valid: usize, height: i32, width: i32): bool {
  const nextErrors = errors + (lengthOf(height, width) << 3);
  const nextValid = valid + lengthOf(height, width);
  const rows = height >> 1;
  const columns = width >> 1;
  let all = 0;
  let cells = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const first: usize = <usize>2 * (<usize>y * <usize>width + <usize>x);
      const at = valid + first;
      const below = at + <usize>width;
      const count = load<u8>(at) + load<u8>(at, 1) + load<u8>(below) + load<u8>(below, 1);
      // Errors that do not count are 0
      const upper = errors + (first << 3);
      const lower = upper + (<usize>width << 3);
      const sum = load<f64>(upper) + load<f64>(upper, 8) + load<f64>(lower) + load<f64>(lower, 8);
      const cell = <usize>y * <usize>columns + <usize>x;
      store<f64>(nextErrors + (cell << 3), count == 0 ? 0 : sum / <f64>count);
      store<u8>(nextValid + cell, count == 0 ? 0 : 1);
      all += count;
      cells += count == 0 ? 0 : 1;
    }
  }
  return <f64>all / 4 > FULL * <f64>cells;
}

/** Appends halved levels to the first one, and returns the number of levels. */
export function depthLevels(errors: usize, valid: usize, height: i32, width: i32): i32 {
  for (let levels = 1; levels < MOST_LEVELS; levels++) {
    if (min(height, width) < SHORTEST || !halve(errors, valid, height, width)) return levels;
    errors += lengthOf(height, width) << 3;
    valid += lengthOf(height, width);
    height >>= 1;
    width >>= 1;
  }
  return MOST_LEVELS;
}
