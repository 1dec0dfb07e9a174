/** Bytes of a rotated target: centre, size, angle, its cosine and sine (f64, pixels). */
export const ROTATED_TARGET_BYTES: usize = 56;
// A row of `rectangles`: half-open, of cells.
const RECTANGLE_BYTES: usize = 16;

/** (centre of cell x − centre) · slope + start, rounded the same way for every x, so that it never falls. */
// @ts-ignore: decorator
@inline
function position(x: i32, stride: f64, centre: f64, slope: f64, start: f64): f64 {
  return ((<f64>x + 0.5) * stride - centre) * slope + start;
}

/**
 * First cell in [0, width] whose position reaches the bound, or, where `beyond`, is above it. Found by one
 * division and mended by the positions themselves, so that borders are exact.
 */
function firstCell(bound: f64, beyond: bool, stride: f64, centre: f64, slope: f64, start: f64, width: i32): i32 {
  const guess = Math.ceil(((bound - start) / slope + centre) / stride - 0.5);
  // NaN where a border runs along the row: any cell will do to begin at.
  let cell = guess > 0 ? <i32>min(guess, <f64>width) : 0;
  while (cell > 0) {
    const before = position(cell - 1, stride, centre, slope, start);
    if (before < bound || (beyond && before == bound)) break;
    cell--;
  }
  while (cell < width) {
    const here = position(cell, stride, centre, slope, start);
    if (here > bound || (!beyond && here == bound)) break;
    cell++;
  }
  return cell;
}

/** Cells of a row where |(x − centre) · slope + start| ≤ half, cut to what `row` holds: i32 from, i32 to. */
// @ts-ignore: decorator
@inline
function narrow(row: usize, half: f64, stride: f64, centre: f64, slope: f64, start: f64, width: i32): void {
  // A falling position is the mirror image of a rising one.
  const rise = Math.abs(slope);
  const from = slope < 0 ? -start : start;
  store<i32>(row, max(load<i32>(row), firstCell(-half, false, stride, centre, rise, from, width)));
  store<i32>(row, min(load<i32>(row, 8), firstCell(half, true, stride, centre, rise, from, width)), 8);
}

/**
 * Candidates of every rotated target on one level: the cells whose centre lies inside its rectangle or on its
 * border. Each row of the grid has a run of them, found without looking at the cells between its ends.
 *
 * @param boxes f64 [N, 7], centre, size, angle, its cosine and sine, pixels
 * @param valid u8 [N], 0 where the target is ignored
 * @param rectangles i32 [N·height, 4] → x1, y1, x2, y2 in cells, half-open, of one row each; none is empty
 * @param ends i32 [N] → how many rectangles there are up to the target's last one
 * @param cover u8 [H, W] → 1 where some target has a candidate; zeroed by the caller
 * @returns the number of candidates, over all targets
 */
export function rotatedCandidates(
  boxes: usize,
  valid: usize,
  count: i32,
  stride: f64,
  height: i32,
  width: i32,
  rectangles: usize,
  ends: usize,
  cover: usize,
): i32 {
  let total = 0;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const box = boxes + <usize>i * ROTATED_TARGET_BYTES;
    const x = load<f64>(box);
    const y = load<f64>(box, 8);
    const halfWidth = load<f64>(box, 16) / 2;
    const halfHeight = load<f64>(box, 24) / 2;
    const cos = load<f64>(box, 40);
    const sin = load<f64>(box, 48);
    // Rows that the rectangle reaches, and one more on either side for rounding.
    const reach = halfWidth * Math.abs(sin) + halfHeight * Math.abs(cos);
    const top = Math.floor((y - reach) / stride - 0.5);
    const bottom = Math.ceil((y + reach) / stride + 0.5);
    const first = load<u8>(valid + i) ? <i32>min(max(top, 0), <f64>height) : height;
    const last = <i32>min(max(bottom + 1, 0), <f64>height);
    for (let row = first; row < last; row++) {
      const dy = (<f64>row + 0.5) * stride - y;
      const rectangle = rectangles + <usize>end * RECTANGLE_BYTES;
      store<i32>(rectangle, 0);
      store<i32>(rectangle, row, 4);
      store<i32>(rectangle, width, 8);
      store<i32>(rectangle, row + 1, 12);
      narrow(rectangle, halfWidth, stride, x, cos, dy * sin, width);
      narrow(rectangle, halfHeight, stride, x, -sin, dy * cos, width);
      const cells = load<i32>(rectangle, 8) - load<i32>(rectangle);
      if (cells <= 0) continue;
      memory.fill(cover + row * width + load<i32>(rectangle), 1, cells);
      total += cells;
      end++;
    }
    store<i32>(ends + (<usize>i << 2), end);
  }
  return total;
}
