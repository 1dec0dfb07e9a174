import { takeSizePenalties } from './eiou';
import { IouKind } from './generated/kinds';
import { IOU_BYTES, iouLanes } from './iou';
import { takeAngleCosts } from './siou';

/** Least similarity of boxes that are not inside out. */
// @ts-ignore: decorator
@inline
function leastOf(kind: IouKind): f64 {
  if (kind == IouKind.IOU) return 0;
  if (kind == IouKind.EIOU) return -3;
  return kind == IouKind.CIOU || kind == IouKind.SIOU ? -2 : -1;
}

/**
 * Similarity of two pairs of upright boxes, of any kind but ProbIoU, and its gradient: EIoU is DIoU less penalties of size,
 * SIoU is IoU less costs of the angle. That of a prediction that is inside out is at least the least of other boxes.
 * Parameters and sources are those of `iouLanes`, `takeSizePenalties` and `takeAngleCosts`.
 */
export function similarityLanes(kind: IouKind, box: usize, l: v128, t: v128, r: v128, b: v128, record: usize): void {
  iouLanes(kind, box, l, t, r, b, record);
  if (kind == IouKind.EIOU) takeSizePenalties(box, l, t, r, b, record);
  if (kind == IouKind.SIOU) takeAngleCosts(box, l, t, r, b, record);
  const least = f64x2.splat(leastOf(kind));
  const isBelow = f64x2.lt(v128.load(record), least);
  if (v128.any_true(isBelow)) raise(box, least, isBelow, record);
}

/** Raises similarities of predictions that are inside out to the least one; their gradient becomes 0. */
function raise(box: usize, least: v128, isBelow: v128, record: usize): void {
  const zero = f64x2.splat(0);
  const isTurnedX = f64x2.lt(f64x2.add(v128.load(box), v128.load(box, 32)), zero);
  const isTurnedY = f64x2.lt(f64x2.add(v128.load(box, 16), v128.load(box, 48)), zero);
  const isRaised = v128.and(isBelow, v128.or(isTurnedX, isTurnedY));
  v128.store(record, v128.bitselect(least, v128.load(record), isRaised));
  for (let row: usize = 16; row < IOU_BYTES; row += 16) {
    v128.store(record + row, v128.andnot(v128.load(record + row), isRaised));
  }
}
