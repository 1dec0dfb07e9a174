import { takeSizePenalties } from './eiou';
import { IouKind } from './generated/kinds';
import { iouLanes } from './iou';
import { takeAngleCosts } from './siou';

/**
 * Similarity of two pairs of upright boxes, of any kind but ProbIoU, and its gradient: EIoU is DIoU less penalties of size,
 * SIoU is IoU less costs of the angle. Parameters and sources are those of `iouLanes`, `takeSizePenalties` and
 * `takeAngleCosts`.
 */
export function similarityLanes(kind: IouKind, box: usize, l: v128, t: v128, r: v128, b: v128, record: usize): void {
  iouLanes(kind, box, l, t, r, b, record);
  if (kind == IouKind.EIOU) takeSizePenalties(box, l, t, r, b, record);
  if (kind == IouKind.SIOU) takeAngleCosts(box, l, t, r, b, record);
}
