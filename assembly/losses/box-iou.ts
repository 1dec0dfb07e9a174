import { takeSizePenalties } from '../eiou';
import { DIOU, IOU, iouLanes } from '../iou';
import { loadWidePair, storeNarrowPair, sumWide } from '../lib/f64x2';
import { cosSinWide } from '../lib/sincos';
import { PROB_IOU_BYTES, probIouLanes } from '../prob-iou';
import { takeAngleCosts } from '../siou';
import { settlePair } from './rows';

/** Similarities that are another one less some costs, behind those of `iouLanes` in the order the host passes them. */
const EIOU: i32 = 4;
const SIOU: i32 = 5;

/** Number `i` of boxes k and `last`, of `numbers` each. */
// @ts-ignore: decorator
@inline
function numberOf(boxes: usize, k: i32, last: i32, i: i32, numbers: i32): v128 {
  return loadWidePair(boxes + (<usize>(k * numbers + i) << 2), boxes + (<usize>(last * numbers + i) << 2));
}

// @ts-ignore: decorator
@inline
function storeNumber(boxes: usize, k: i32, last: i32, i: i32, numbers: i32, lanes: v128): void {
  storeNarrowPair(boxes + (<usize>(k * numbers + i) << 2), boxes + (<usize>(last * numbers + i) << 2), lanes);
}

/**
 * 1 − similarity of pairs of upright boxes; `iouLanes` has the similarities.
 *
 * @param pred f32 [N, 4], xyxy
 * @param target f32 [N, 4], same units, no side negative
 * @param grad f32 [N, 4] → scale · gradient by pred
 * @param values f32 [N] → values; 0: they are not wanted
 * @param scratch 9 · 16 bytes
 * @returns the sum of the values
 */
export function boxIou(
  pred: usize,
  target: usize,
  count: i32,
  kind: i32,
  grad: usize,
  values: usize,
  scale: f64,
  scratch: usize,
): f64 {
  const record = scratch + 64;
  const one = f64x2.splat(1);
  const back = f64x2.splat(-scale);
  let total = f64x2.splat(0);
  for (let k = 0; k < count; k += 2) {
    const last = min(k + 1, count - 1);
    // Distances from the origin: left and top are those to the other side
    for (let i = 0; i < 4; i++) {
      const lanes = numberOf(pred, k, last, i, 4);
      v128.store(scratch + (<usize>i << 4), i < 2 ? f64x2.neg(lanes) : lanes);
    }
    const l = f64x2.neg(numberOf(target, k, last, 0, 4));
    const t = f64x2.neg(numberOf(target, k, last, 1, 4));
    const r = numberOf(target, k, last, 2, 4);
    const b = numberOf(target, k, last, 3, 4);
    iouLanes(scratch, l, t, r, b, kind == EIOU ? DIOU : kind == SIOU ? IOU : kind, record);
    if (kind == EIOU) takeSizePenalties(scratch, l, t, r, b, record);
    if (kind == SIOU) takeAngleCosts(scratch, l, t, r, b, record);
    for (let i = 0; i < 4; i++) {
      const slope = f64x2.mul(v128.load(record + 16 + (<usize>i << 4)), back);
      storeNumber(grad, k, last, i, 4, i < 2 ? f64x2.neg(slope) : slope);
    }
    const value = f64x2.sub(one, v128.load(record));
    total = f64x2.add(total, settlePair(value, values, k, count));
  }
  return sumWide(total);
}

/**
 * 1 − ProbIoU of pairs of rotated boxes, xywh and angle in radians; otherwise as `boxIou`.
 *
 * @param pred target grad f32 [N, 5]
 * @param scratch 10 · 16 bytes
 */
export function rotatedIou(
  pred: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  scale: f64,
  scratch: usize,
): f64 {
  const turns = scratch + PROB_IOU_BYTES;
  const one = f64x2.splat(1);
  const back = f64x2.splat(-scale);
  let total = f64x2.splat(0);
  for (let k = 0; k < count; k += 2) {
    const last = min(k + 1, count - 1);
    cosSinWide(numberOf(pred, k, last, 4, 5), turns);
    cosSinWide(numberOf(target, k, last, 4, 5), turns + 32);
    probIouLanes(
      f64x2.sub(numberOf(pred, k, last, 0, 5), numberOf(target, k, last, 0, 5)),
      f64x2.sub(numberOf(pred, k, last, 1, 5), numberOf(target, k, last, 1, 5)),
      numberOf(pred, k, last, 2, 5),
      numberOf(pred, k, last, 3, 5),
      v128.load(turns),
      v128.load(turns, 16),
      numberOf(target, k, last, 2, 5),
      numberOf(target, k, last, 3, 5),
      v128.load(turns, 32),
      v128.load(turns, 48),
      scratch,
      true,
    );
    for (let i = 0; i < 5; i++) {
      const slope = f64x2.mul(v128.load(scratch + 16 + (<usize>i << 4)), back);
      storeNumber(grad, k, last, i, 5, slope);
    }
    const value = f64x2.sub(one, v128.load(scratch));
    total = f64x2.add(total, settlePair(value, values, k, count));
  }
  return sumWide(total);
}
