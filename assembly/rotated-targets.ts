import { CandidatesParams, Rectangle } from './targets';

/** A rotated target, pixels and radians. */
@unmanaged
export class RotatedTarget {
  x: f64;
  y: f64;
  width: f64;
  height: f64;
  angle: f64;
  cos: f64;
  sin: f64;
}

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
  // NaN if a border runs along the row; then the search may begin at any cell.
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

/** Cuts a row's rectangle to the cells where |(x − centre) · slope + start| is below half or, `withBorder`, is half. */
// @ts-ignore: decorator
@inline
function narrow(
  row: Rectangle,
  half: f64,
  withBorder: bool,
  stride: f64,
  centre: f64,
  slope: f64,
  start: f64,
  width: i32,
): void {
  // A falling position is the mirror image of a rising one.
  const rise = Math.abs(slope);
  const from = slope < 0 ? -start : start;
  row.x1 = max(row.x1, firstCell(-half, !withBorder, stride, centre, rise, from, width));
  row.x2 = min(row.x2, firstCell(half, withBorder, stride, centre, rise, from, width));
}

/**
 * Candidates of every rotated target on one level: the cells whose centre lies inside its rectangle, of which short sides
 * grow, or, `withBorder`, on its border. Each row of the grid has a run of them, found without looking at the cells between its ends. A
 * target whose sum is not above 0 has none.
 *
 * @returns the number of candidates, over all targets
 */
export function rotatedCandidates(p: CandidatesParams): i32 {
  const stride = p.stride;
  const width = p.width;
  let total = 0;
  let end = 0;
  for (let i = 0; i < p.count; i++) {
    const target = changetype<RotatedTarget>(p.targets + <usize>i * offsetof<RotatedTarget>());
    const x = target.x;
    const y = target.y;
    const cos = target.cos;
    const sin = target.sin;
    const halfWidth = (target.width < p.below ? p.growTo : target.width) / 2;
    const halfHeight = (target.height < p.below ? p.growTo : target.height) / 2;
    // Rows that the rectangle reaches, and one more on either side for rounding.
    const reach = halfWidth * Math.abs(sin) + halfHeight * Math.abs(cos);
    const top = Math.floor((y - reach) / stride - 0.5);
    const bottom = Math.ceil((y + reach) / stride + 0.5);
    const first = <i32>min(max(top, 0), <f64>p.height);
    const isThere = x + y + target.width + target.height + target.angle > 0;
    const last = isThere ? <i32>min(max(bottom + 1, 0), <f64>p.height) : first;
    for (let y1 = first; y1 < last; y1++) {
      const dy = (<f64>y1 + 0.5) * stride - y;
      const row = changetype<Rectangle>(p.rectangles + <usize>end * offsetof<Rectangle>());
      row.x1 = 0;
      row.y1 = y1;
      row.x2 = width;
      row.y2 = y1 + 1;
      narrow(row, halfWidth, p.withBorder, stride, x, cos, dy * sin, width);
      narrow(row, halfHeight, p.withBorder, stride, x, -sin, dy * cos, width);
      const cells = row.x2 - row.x1;
      if (cells <= 0) continue;
      memory.fill(p.cover + y1 * width + row.x1, 1, cells);
      total += cells;
      end++;
    }
    store<i32>(p.ends + (<usize>i << 2), end);
  }
  return total;
}
