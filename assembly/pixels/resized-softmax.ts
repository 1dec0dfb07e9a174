import { narrowRow, secondShare, sourceOf, widenRow } from './resize';
import { addSoftmaxSums, clearSums, PixelsParams, settleSums, writeSoftmaxGrad } from './softmax';

/**
 * Rows of an image of logits that are resized: those of the result that lie between the same two rows of the input.
 * `pixels` are those of one row, `planes` its resized logits; `labels` are i32 [count, width], each row padded as `pixels`.
 */
@unmanaged
export class ResizedParams extends PixelsParams {
  /** f32 [classes, 2, inWidth], the two rows of the input; the second one is the first if there is no other. */
  rows: usize;
  inWidth: i32;
  inHeight: i32;
  outHeight: i32;
  /** Index of the first of the two rows. */
  top: i32;
  /** Index of the first row of the result, and number of rows. */
  first: i32;
  count: i32;
  /** f32 [2, classes, pixels], with the pitch of `planes`: both rows at the width of the result. */
  wide: usize;
}

/** Parameters of `resizedSoftmaxSums`. */
@unmanaged
export class ResizedSoftmaxSumsParams extends ResizedParams {
  /** v128 [classes], overwritten. */
  scratch: usize;
  /** f64 [classes, 4], the four sums of each class. */
  sums: usize;
}

/** Parameters of `resizedSoftmaxGrad`. */
@unmanaged
export class ResizedSoftmaxGradParams extends ResizedParams {
  /** f32 [classes, 3], as for `softmaxGrad`. */
  factors: usize;
  /** As `wide`, for gradients. */
  wideGrads: usize;
  /** f32 [classes, 2, inWidth] → gradient with respect to both rows of the input. */
  grads: usize;
  /** f64 [inWidth], overwritten. */
  narrowSums: usize;
}

/** Bytes of all planes of one row. */
// @ts-ignore: decorator
@inline
function planesBytes(p: ResizedParams): usize {
  return <usize>p.classes * p.pitch;
}

/** Widens both rows of the input. */
function widenRows(p: ResizedParams): void {
  const rowBytes = <usize>p.inWidth << 2;
  for (let c = 0; c < p.classes; c++) {
    const row = p.rows + 2 * <usize>c * rowBytes;
    const wide = p.wide + <usize>c * p.pitch;
    widenRow(row, p.inWidth, wide, p.pixels);
    widenRow(row + rowBytes, p.inWidth, wide + planesBytes(p), p.pixels);
  }
}

/** Weight of the second row of the input in row `row` of the result. */
// @ts-ignore: decorator
@inline
function lowerShare(p: ResizedParams, row: i32): f32 {
  return <f32>secondShare(sourceOf(p.first + row, p.inHeight, p.outHeight), p.top, p.inHeight);
}

/** Writes the logits of a row to `planes`. */
function mixRow(p: ResizedParams, row: i32): void {
  const share = lowerShare(p, row);
  const lower = f32x4.splat(share);
  const upper = f32x4.splat(1 - share);
  const planes = p.planes;
  const wide = p.wide;
  const bytes = planesBytes(p);
  for (let at: usize = 0; at < bytes; at += 16) {
    const mixed = f32x4.add(
      f32x4.mul(v128.load(wide + at), upper),
      f32x4.mul(v128.load(wide + bytes + at), lower),
    );
    v128.store(planes + at, mixed);
  }
}

/** Adds the gradient in `planes` to that of both widened rows. */
function addRow(p: ResizedSoftmaxGradParams, row: i32): void {
  const share = lowerShare(p, row);
  const lower = f32x4.splat(share);
  const upper = f32x4.splat(1 - share);
  const planes = p.planes;
  const wide = p.wideGrads;
  const bytes = planesBytes(p);
  for (let at: usize = 0; at < bytes; at += 16) {
    const grad = v128.load(planes + at);
    v128.store(wide + at, f32x4.add(v128.load(wide + at), f32x4.mul(grad, upper)));
    const below = wide + bytes + at;
    v128.store(below, f32x4.add(v128.load(below), f32x4.mul(grad, lower)));
  }
}

/** Calls `softmaxSums` for the rows of a resized image. */
export function resizedSoftmaxSums(p: ResizedSoftmaxSumsParams): void {
  const scratch = p.scratch;
  const sums = p.sums;
  const classes = p.classes;
  widenRows(p);
  clearSums(scratch, sums, classes);
  for (let row = 0; row < p.count; row++) {
    mixRow(p, row);
    addSoftmaxSums(p, scratch, sums);
    p.labels += p.pitch;
  }
  settleSums(scratch, sums, classes);
}

/** Gradient of `softmaxGrad` for the rows of a resized image, with respect to both rows of the input. */
export function resizedSoftmaxGrad(p: ResizedSoftmaxGradParams): void {
  const rowBytes = <usize>p.inWidth << 2;
  widenRows(p);
  memory.fill(p.wideGrads, 0, 2 * planesBytes(p));
  for (let row = 0; row < p.count; row++) {
    mixRow(p, row);
    writeSoftmaxGrad(p, p.factors);
    addRow(p, row);
    p.labels += p.pitch;
  }
  for (let c = 0; c < p.classes; c++) {
    const wide = p.wideGrads + <usize>c * p.pitch;
    const grads = p.grads + 2 * <usize>c * rowBytes;
    narrowRow(wide, p.pixels, grads, p.inWidth, p.narrowSums);
    narrowRow(wide + planesBytes(p), p.pixels, grads + rowBytes, p.inWidth, p.narrowSums);
  }
}
