/** Half-open rectangle of cells on a level's grid. */
@unmanaged
export class Rectangle {
  x1: i32;
  y1: i32;
  x2: i32;
  y2: i32;
}

/** Parameters of `uprightCandidates` and `rotatedCandidates`. */
@unmanaged
export class CandidatesParams {
  /** Targets of one image: f64 [N, 4], xyxy pixels, or RotatedTarget [N]. */
  targets: usize;
  count: i32;
  /** Pixels per grid cell. */
  stride: f64;
  height: i32;
  width: i32;
  /** Length of a side, in pixels, below which it grows to `growTo` about its centre; 0: none grows. */
  below: f64;
  growTo: f64;
  /** Whether cells on the border of a rotated target are candidates. */
  withBorder: bool;
  /** Rectangle [n] → the candidates' cells, target by target; none is empty. */
  rectangles: usize;
  /** i32 [N] → number of rectangles up to each target's last one. */
  ends: usize;
  /** u8 [H, W] → 1 where some target has a candidate; zeroed by the caller. */
  cover: usize;
}

/** Smallest distance in pixels from every side of an anchor that is inside a box. */
const INSIDE: f64 = 1e-9;

/** First cell whose centre lies more than INSIDE beyond `edge` (pixels), held to [0, size]. */
function firstBeyond(edge: f64, stride: f64, size: i32): i32 {
  const guess = Math.floor((edge + INSIDE) / stride - 0.5);
  let cell = <i32>min(max(guess, 0), <f64>size);
  while (cell < size && (<f64>cell + 0.5) * stride - edge <= INSIDE) cell++;
  return cell;
}

/** One past the last cell whose centre lies more than INSIDE before `edge` (pixels). */
function endBefore(edge: f64, stride: f64, size: i32): i32 {
  const guess = Math.ceil((edge - INSIDE) / stride + 0.5);
  let end = <i32>min(max(guess, 0), <f64>size);
  while (end > 0 && edge - (<f64>end - 0.5) * stride <= INSIDE) end--;
  return end;
}

/**
 * Candidates of every upright target on one level: the cells whose centre lies strictly inside its box, of which short
 * sides grow. They form a rectangle, found without looking at the cells. A box whose sum is not above 0 has none.
 *
 * @returns the number of candidates, over all targets
 */
export function uprightCandidates(p: CandidatesParams): i32 {
  const stride = p.stride;
  const width = p.width;
  let total = 0;
  let end = 0;
  for (let i = 0; i < p.count; i++) {
    const box = p.targets + (<usize>i << 5);
    let left = load<f64>(box);
    let top = load<f64>(box, 8);
    let right = load<f64>(box, 16);
    let bottom = load<f64>(box, 24);
    const isThere = left + top + right + bottom > 0;
    if (right - left < p.below) {
      const centre = (left + right) / 2;
      left = centre - p.growTo / 2;
      right = centre + p.growTo / 2;
    }
    if (bottom - top < p.below) {
      const centre = (top + bottom) / 2;
      top = centre - p.growTo / 2;
      bottom = centre + p.growTo / 2;
    }
    const x1 = firstBeyond(left, stride, width);
    const y1 = firstBeyond(top, stride, p.height);
    const x2 = endBefore(right, stride, width);
    const y2 = endBefore(bottom, stride, p.height);
    if (isThere && x2 > x1 && y2 > y1) {
      const rectangle = changetype<Rectangle>(p.rectangles + <usize>end * offsetof<Rectangle>());
      rectangle.x1 = x1;
      rectangle.y1 = y1;
      rectangle.x2 = x2;
      rectangle.y2 = y2;
      for (let y = y1; y < y2; y++) memory.fill(p.cover + y * width + x1, 1, x2 - x1);
      total += (x2 - x1) * (y2 - y1);
      end++;
    }
    store<i32>(p.ends + (<usize>i << 2), end);
  }
  return total;
}
