// A row of `cells`: the half-open rectangle of one target's candidates on one level.
const CELLS_BYTES: usize = 16;
/** An anchor counts as inside a box when it is farther than this from every side, in pixels. */
export const INSIDE: f64 = 1e-9;

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
 * Boxes of one image to pixels, in place.
 *
 * @param boxes f64 [N, 4], xywh normalised → xyxy pixels
 * @param valid u8 [N] → 1 where the four corners' sum is > 0; other targets are ignored
 */
export function prepareTargets(
  boxes: usize,
  valid: usize,
  count: i32,
  imageWidth: f64,
  imageHeight: f64,
): void {
  for (let i = 0; i < count; i++) {
    const box = boxes + (<usize>i << 5);
    const x = load<f64>(box) * imageWidth;
    const y = load<f64>(box, 8) * imageHeight;
    const halfWidth = (load<f64>(box, 16) * imageWidth) / 2;
    const halfHeight = (load<f64>(box, 24) * imageHeight) / 2;
    const x1 = x - halfWidth;
    const y1 = y - halfHeight;
    const x2 = x + halfWidth;
    const y2 = y + halfHeight;
    store<f64>(box, x1);
    store<f64>(box, y1, 8);
    store<f64>(box, x2, 16);
    store<f64>(box, y2, 24);
    store<u8>(valid + i, x1 + y1 + x2 + y2 > 0 ? 1 : 0);
  }
}

/**
 * Candidates of every target on one level: the cells whose centre lies strictly inside its box.
 * They form a rectangle, found without looking at the cells.
 *
 * @param boxes f64 [N, 4], xyxy pixels
 * @param valid u8 [N]
 * @param cells i32 [N, 4] → x1, y1, x2, y2 in cells, half-open; empty where the target is ignored
 * @param cover u8 [H, W] → 1 where some target has a candidate; zeroed by the caller
 * @returns the number of candidates, over all targets
 */
export function candidates(
  boxes: usize,
  valid: usize,
  count: i32,
  stride: f64,
  height: i32,
  width: i32,
  cells: usize,
  cover: usize,
): i32 {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const box = boxes + (<usize>i << 5);
    let x1 = 0;
    let y1 = 0;
    let x2 = 0;
    let y2 = 0;
    if (load<u8>(valid + i)) {
      x1 = firstBeyond(load<f64>(box), stride, width);
      y1 = firstBeyond(load<f64>(box, 8), stride, height);
      x2 = max(endBefore(load<f64>(box, 16), stride, width), x1);
      y2 = max(endBefore(load<f64>(box, 24), stride, height), y1);
    }
    const row = cells + <usize>i * CELLS_BYTES;
    store<i32>(row, x1);
    store<i32>(row, y1, 4);
    store<i32>(row, x2, 8);
    store<i32>(row, y2, 12);
    for (let y = y1; y < y2; y++) memory.fill(cover + y * width + x1, 1, x2 - x1);
    total += (x2 - x1) * (y2 - y1);
  }
  return total;
}
