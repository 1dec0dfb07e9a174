import type { IouKind } from '../kinds.ts';
import type { ReferenceAssignment } from './assign.ts';
import { boxAround, decodeSides, scaleBox } from './boxes.ts';
import type { DistanceLoss } from './defaults.ts';
import { boxSimilarity } from './iou.ts';
import { anchorAt, type Head } from './levels.ts';
import { distancesTo, regressSides } from './sides.ts';
import type { ImageTarget } from './targets.ts';

export interface BoxLoss {
  box: number;
  dfl: number;
  /** [P] CIoU's trade-off factors, constant for the gradient; 0 for the other kinds. */
  tradeOffs: Float64Array;
}

/** Options of the box losses. */
interface RegressOptions {
  kind: IouKind;
  /** Factors of both sums and their gradients. */
  scale: { box: number; dfl: number };
  /** Loss of the distances where R = 1. Default 'none'. */
  distance?: DistanceLoss;
  /** [P] trade-off factors to use instead of those of the boxes. */
  frozen?: ArrayLike<number> | undefined;
}

/**
 * Box loss Σ score · (1 − similarity) and distance loss Σ score · mean over 4 sides, in grid units. The target's
 * weight multiplies the score.
 *
 * @param grads one array per level, in the layout of the predictions; box channels of positives are written
 */
export function regress(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  { kind, scale, distance = 'none', frozen }: RegressOptions,
  grads: readonly Float64Array[],
): BoxLoss {
  const loss = { box: 0, dfl: 0, tradeOffs: new Float64Array(assignment.anchor.length) };
  assignment.score.forEach((score, i) => {
    const image = assignment.image[i];
    const anchor = anchorAt(head, assignment.anchor[i]);
    const target = targets[image][assignment.target[i]];
    const box = scaleBox(target.box, 1 / anchor.level.stride);
    const sides = decodeSides(head, anchor, image);

    const similarity = boxSimilarity(kind, boxAround(anchor, sides), box, frozen?.[i]);
    loss.tradeOffs[i] = similarity.tradeOff;
    const own = score * (target.weight ?? 1);
    const weight = scale.box * own;
    loss.box += weight * (1 - similarity.value);

    // A larger left or top distance lowers x1 or y1
    const slopes = similarity.grad.map((slope, s) => (s < 2 ? weight : -weight) * slope);
    const truth = { distances: distancesTo(anchor, box), loss: distance, scale: scale.dfl * own };
    loss.dfl += regressSides(head, { image, anchor, sides }, truth, slopes, grads);
  });
  return loss;
}
