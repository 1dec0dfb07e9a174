import type { IouKind } from '../types.ts';
import type { ReferenceAssignment } from './assign.ts';
import { boxAround, decodeSides, scaleBox } from './boxes.ts';
import { decodeGrad, distributionFocalLoss } from './dfl.ts';
import { type Box, boxSimilarity } from './iou.ts';
import { type Anchor, anchorAt, type Head, indexOf } from './levels.ts';
import type { ImageTarget } from './targets.ts';

export interface BoxLoss {
  box: number;
  dfl: number;
  /** [P] CIoU's trade-off factors, constant for the gradient; 0 for the other kinds. */
  tradeOffs: Float64Array;
}

/**
 * Box loss Σ score · (1 − similarity) and DFL Σ score · mean over 4 sides, in grid units.
 *
 * @param scale factors of both sums and their gradients
 * @param grads one array a level, in the layout of the predictions; box channels of positives are written
 * @param frozen [P] trade-off factors to use instead of those of the boxes
 */
export function regress(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  kind: IouKind,
  scale: { box: number; dfl: number },
  grads: readonly Float64Array[],
  frozen?: ArrayLike<number>,
): BoxLoss {
  const loss = { box: 0, dfl: 0, tradeOffs: new Float64Array(assignment.anchor.length) };
  assignment.score.forEach((score, i) => {
    const image = assignment.image[i];
    const anchor = anchorAt(head, assignment.anchor[i]);
    const targetBox = targets[image][assignment.target[i]].box;
    const target = scaleBox(targetBox, 1 / anchor.level.stride);
    const sides = decodeSides(head, anchor, image);

    const similarity = boxSimilarity(kind, boxAround(anchor, sides), target, frozen?.[i]);
    loss.tradeOffs[i] = similarity.tradeOff;
    loss.box += scale.box * score * (1 - similarity.value);

    const distances = distancesTo(anchor, target);
    sides.forEach((side, s) => {
      const dfl = distributionFocalLoss(side, distances[s]);
      loss.dfl += (scale.dfl * score * dfl.value) / 4;

      const outward = s < 2 ? -1 : 1; // a larger left or top distance lowers x1 or y1
      const boxGrad = -scale.box * score * outward * similarity.grad[s];
      decodeGrad(side).forEach((slope, bin) => {
        const index = indexOf(anchor.level, image, s * head.regMax + bin, anchor.cell);
        grads[anchor.levelIndex][index] = boxGrad * slope + (scale.dfl * score * dfl.grad[bin]) / 4;
      });
    });
  });
  return loss;
}

/** Distances of a box's sides from an anchor: left, top, right, bottom. Grid units. */
function distancesTo({ x, y }: Anchor, [x1, y1, x2, y2]: Box): Box {
  return [x - x1, y - y1, x2 - x, y2 - y];
}
