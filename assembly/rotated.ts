import { cosSinWide } from './lib/sincos';
import { loadWide, maxWide, storeNarrow } from './lib/f64x2';
import { PROB_IOU_BYTES, probIouLanes } from './prob-iou';
import { RotatedTarget } from './rotated-targets';
import { Rectangle } from './targets';

/** Bytes of a ProbIoU record, the output of `rotatedLanes`, and of its cosines and sines behind it. */
export const ROTATED_SCRATCH_BYTES: usize = PROB_IOU_BYTES + 64;

/** Half the difference of two distances, which is the position of a box's centre on one of its axes. */
// @ts-ignore: decorator
@inline
function middle(before: v128, after: v128): v128 {
  return f64x2.mul(f64x2.sub(after, before), f64x2.splat(0.5));
}

/**
 * ProbIoU of two pairs of rotated boxes around one point each, and its gradient. A prediction's distances are
 * along its own axes: centre = point + (xf·cos − yf·sin, xf·sin + yf·cos), xf = (right − left)/2,
 * yf = (bottom − top)/2. A target's are those of the same box unrotated.
 *
 * @param box f64 [4, 2], left, top, right, bottom of the predictions
 * @param l t r b the same of their targets, same units
 * @param scratch ROTATED_SCRATCH_BYTES bytes → f64 [6, 2] similarity, then, where `backward`, ∂similarity/∂(left, top,
 *   right, bottom, angle) of the prediction
 */
export function rotatedLanes(
  box: usize,
  angle: v128,
  l: v128,
  t: v128,
  r: v128,
  b: v128,
  targetAngle: v128,
  scratch: usize,
  backward: bool,
): void {
  const record = scratch;
  const turn = scratch + PROB_IOU_BYTES;
  cosSinWide(angle, turn);
  cosSinWide(targetAngle, turn + 32);
  const cos = v128.load(turn);
  const sin = v128.load(turn, 16);
  const left = v128.load(box);
  const top = v128.load(box, 16);
  const right = v128.load(box, 32);
  const bottom = v128.load(box, 48);
  const xf = middle(left, right);
  const yf = middle(top, bottom);
  const x = f64x2.sub(f64x2.mul(xf, cos), f64x2.mul(yf, sin));
  const y = f64x2.add(f64x2.mul(xf, sin), f64x2.mul(yf, cos));
  probIouLanes(
    f64x2.sub(x, middle(l, r)),
    f64x2.sub(y, middle(t, b)),
    f64x2.add(left, right),
    f64x2.add(top, bottom),
    cos,
    sin,
    f64x2.add(l, r),
    f64x2.add(t, b),
    v128.load(turn, 32),
    v128.load(turn, 48),
    record,
    backward,
  );
  if (!backward) return;
  const byX = v128.load(record, 16);
  const byY = v128.load(record, 32);
  const byWidth = v128.load(record, 48);
  const byHeight = v128.load(record, 64);
  const half = f64x2.splat(0.5);
  const along = f64x2.mul(f64x2.add(f64x2.mul(byX, cos), f64x2.mul(byY, sin)), half);
  const across = f64x2.mul(f64x2.sub(f64x2.mul(byY, cos), f64x2.mul(byX, sin)), half);
  // The angle also rotates the centre about the point.
  const orbit = f64x2.sub(f64x2.mul(byY, x), f64x2.mul(byX, y));
  v128.store(record, f64x2.sub(byWidth, along), 16);
  v128.store(record, f64x2.sub(byHeight, across), 32);
  v128.store(record, f64x2.add(byWidth, along), 48);
  v128.store(record, f64x2.add(byHeight, across), 64);
  v128.store(record, f64x2.add(v128.load(record, 80), orbit), 80);
}

/**
 * Overlap of one rotated target with the predictions at a rectangle of cells, as `overlap` for upright boxes.
 *
 * @param distances f32 [5, sidePitch/4], left, top, right, bottom, grid units, and angle; readable for a value more
 * @param overlaps f32 [n] → max(ProbIoU, 0), row-major; writable for a value more
 * @param scratch ROTATED_SCRATCH_BYTES bytes
 * @returns the address behind the last overlap
 */
export function rotatedOverlap(
  distances: usize,
  sidePitch: usize,
  gridWidth: i32,
  stride: f64,
  cells: Rectangle,
  target: RotatedTarget,
  overlaps: usize,
  scratch: usize,
): usize {
  const x1 = cells.x1;
  const x2 = cells.x2;
  const y2 = cells.y2;
  const targetX = target.x;
  const targetY = target.y;
  const scale = f64x2.splat(stride);
  const half = f64x2.splat(0.5 * stride);
  const targetWidth = f64x2.splat(target.width);
  const targetHeight = f64x2.splat(target.height);
  const targetCos = f64x2.splat(target.cos);
  const targetSin = f64x2.splat(target.sin);
  const turn = scratch + PROB_IOU_BYTES;
  for (let y = cells.y1; y < y2; y++) {
    const fromTop = f64x2.splat((<f64>y + 0.5) * stride - targetY);
    for (let x = x1; x < x2; x += 2) {
      const fromLeft = (<f64>x + 0.5) * stride - targetX;
      const cell = distances + (<usize>(y * gridWidth + x) << 2);
      const l = loadWide(cell);
      const t = loadWide(cell + sidePitch);
      const r = loadWide(cell + 2 * sidePitch);
      const b = loadWide(cell + 3 * sidePitch);
      cosSinWide(loadWide(cell + 4 * sidePitch), turn);
      const cos = v128.load(turn);
      const sin = v128.load(turn, 16);
      const xf = f64x2.mul(f64x2.sub(r, l), half);
      const yf = f64x2.mul(f64x2.sub(b, t), half);
      const dx = f64x2.add(f64x2(fromLeft, fromLeft + stride), f64x2.sub(f64x2.mul(xf, cos), f64x2.mul(yf, sin)));
      const dy = f64x2.add(fromTop, f64x2.add(f64x2.mul(xf, sin), f64x2.mul(yf, cos)));
      probIouLanes(
        dx,
        dy,
        f64x2.mul(f64x2.add(l, r), scale),
        f64x2.mul(f64x2.add(t, b), scale),
        cos,
        sin,
        targetWidth,
        targetHeight,
        targetCos,
        targetSin,
        scratch,
        false,
      );
      // A row's spare lane is overwritten by the next row.
      storeNarrow(overlaps, maxWide(v128.load(scratch), f64x2.splat(0)));
      overlaps += <usize>min(x2 - x, 2) << 2;
    }
  }
  return overlaps;
}
