import { cosSinWide } from './lib/sincos';
import { expWide, loadWide, logWide, maxWide, storeNarrow } from './lib/f64x2';
import { PROB_IOU_BYTES, probIouLanes } from './prob-iou';
import { RotatedTarget } from './rotated-targets';
import { Rectangle } from './targets';

/** Bytes of a ProbIoU record, the output of `rotatedLanes`, and of its cosines and sines behind it. */
export const ROTATED_SCRATCH_BYTES: usize = PROB_IOU_BYTES + 64;

/** Constant that keeps the ratio of a target's sides defined. */
const EPS: f64 = 1e-9;
/** Squared scale of the logarithm of that ratio, beyond which the angle of a slender box counts little. */
const SPREAD: f64 = 9;

/** Half the difference of two distances, which is the position of a box's centre on one of its axes. */
// @ts-ignore: decorator
@inline
function middle(before: v128, after: v128): v128 {
  return f64x2.mul(f64x2.sub(after, before), f64x2.splat(0.5));
}

/** Size of a box whose variance size²/12 is that of the given one and `floor`. */
// @ts-ignore: decorator
@inline
function widened(size: v128, floor: f64): v128 {
  if (floor == 0) return size;
  return f64x2.sqrt(f64x2.add(f64x2.mul(size, size), f64x2.splat(12 * floor)));
}

/**
 * ProbIoU of two pairs of rotated boxes around one point each, and its gradient. A prediction's distances are
 * along its own axes: centre = point + (xf·cos − yf·sin, xf·sin + yf·cos), xf = (right − left)/2,
 * yf = (bottom − top)/2. A target's are those of the same box unrotated.
 *
 * @param box f64 [4, 2], left, top, right, bottom of the predictions
 * @param l t r b the same of their targets, same units
 * @param floor added to the variances of both boxes, in squared units
 * @param scratch ROTATED_SCRATCH_BYTES bytes → f64 [6, 2] similarity, then, where `backward`, ∂similarity/∂(left, top,
 *   right, bottom, angle) of the prediction; behind the record cosine and sine of its angle and of the target's
 */
export function rotatedLanes(
  box: usize,
  angle: v128,
  l: v128,
  t: v128,
  r: v128,
  b: v128,
  targetAngle: v128,
  floor: f64,
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
  const width = f64x2.add(left, right);
  const height = f64x2.add(top, bottom);
  const wide = widened(width, floor);
  const high = widened(height, floor);
  probIouLanes(
    f64x2.sub(x, middle(l, r)),
    f64x2.sub(y, middle(t, b)),
    wide,
    high,
    cos,
    sin,
    widened(f64x2.add(l, r), floor),
    widened(f64x2.add(t, b), floor),
    v128.load(turn, 32),
    v128.load(turn, 48),
    record,
    backward,
  );
  if (!backward) return;
  const byX = v128.load(record, 16);
  const byY = v128.load(record, 32);
  let byWidth = v128.load(record, 48);
  let byHeight = v128.load(record, 64);
  if (floor > 0) {
    byWidth = f64x2.mul(byWidth, f64x2.div(width, wide));
    byHeight = f64x2.mul(byHeight, f64x2.div(height, high));
  }
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
 * Distances of two points from the sides of a rotated target each, in the target's own frame.
 *
 * @param l t r b distances from the sides of the same target unrotated
 * @param scratch output of `rotatedLanes`
 * @param to f64 [4, 2] → left, top, right, bottom
 */
export function ownDistances(l: v128, t: v128, r: v128, b: v128, scratch: usize, to: usize): void {
  const cos = v128.load(scratch + PROB_IOU_BYTES, 32);
  const sin = v128.load(scratch + PROB_IOU_BYTES, 48);
  const x = middle(l, r);
  const y = middle(t, b);
  const along = f64x2.add(f64x2.mul(x, cos), f64x2.mul(y, sin));
  const across = f64x2.sub(f64x2.mul(y, cos), f64x2.mul(x, sin));
  const half = f64x2.splat(0.5);
  const halfWidth = f64x2.mul(f64x2.add(l, r), half);
  const halfHeight = f64x2.mul(f64x2.add(t, b), half);
  v128.store(to, f64x2.sub(halfWidth, along));
  v128.store(to, f64x2.sub(halfHeight, across), 16);
  v128.store(to, f64x2.add(halfWidth, along), 32);
  v128.store(to, f64x2.add(halfHeight, across), 48);
}

/**
 * Angle loss of two rotated boxes: e^(−ln²(w/h)/9) · sin²(2Δ), w and h of the target, Δ the difference of the angles. A
 * quarter turn costs nothing.
 *
 * @param scratch output of `rotatedLanes`
 * @param to f64 [2, 2] → loss, and its gradient by the predicted angle
 */
export function angleLanes(width: v128, height: v128, scratch: usize, to: usize): void {
  const turn = scratch + PROB_IOU_BYTES;
  const cos = v128.load(turn);
  const sin = v128.load(turn, 16);
  const targetCos = v128.load(turn, 32);
  const targetSin = v128.load(turn, 48);
  const cosTurn = f64x2.add(f64x2.mul(cos, targetCos), f64x2.mul(sin, targetSin));
  const sinTurn = f64x2.sub(f64x2.mul(sin, targetCos), f64x2.mul(cos, targetSin));
  // Sine of 2Δ, and its gradient
  const sine = f64x2.mul(f64x2.mul(sinTurn, cosTurn), f64x2.splat(2));
  const slope = f64x2.mul(
    f64x2.mul(f64x2.sub(cosTurn, sinTurn), f64x2.add(cosTurn, sinTurn)),
    f64x2.splat(2),
  );
  const eps = f64x2.splat(EPS);
  const slenderness = logWide(f64x2.div(f64x2.add(width, eps), f64x2.add(height, eps)));
  const weight = expWide(f64x2.div(f64x2.mul(slenderness, slenderness), f64x2.splat(-SPREAD)));
  const weighted = f64x2.mul(weight, sine);
  v128.store(to, f64x2.mul(weighted, sine));
  v128.store(to, f64x2.mul(f64x2.mul(weighted, slope), f64x2.splat(2)), 16);
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
