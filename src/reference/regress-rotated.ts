import type { ReferenceAssignment } from './assign.ts';
import { decodeSides, scaleBox } from './boxes.ts';
import { anchorAt, type Head } from './levels.ts';
import { probIou, type RotatedBox } from './probiou.ts';
import { rotatedBoxAround, rotatedBoxGrad, scaleRotated } from './rotated-boxes.ts';
import type { RotatedTarget } from './rotated-targets.ts';
import { regressSides } from './sides.ts';

/**
 * Box loss Σ score · (1 − ProbIoU) and DFL Σ score · mean over 4 sides, in grid units. The targets of DFL are
 * the distances to the unrotated box.
 *
 * @param angles [B, 1, A] flat, radians
 * @param scale factors of both sums and their gradients
 * @param grads of each level, in the layout of the predictions, and of the angles; those of positives are written
 */
export function regressRotated(
  head: Head,
  angles: ArrayLike<number>,
  targets: readonly RotatedTarget[][],
  assignment: ReferenceAssignment,
  scale: { box: number; dfl: number },
  grads: { feats: readonly Float64Array[]; angles: Float64Array },
): { box: number; dfl: number } {
  const loss = { box: 0, dfl: 0 };
  assignment.score.forEach((score, i) => {
    const image = assignment.image[i];
    const anchor = anchorAt(head, assignment.anchor[i]);
    const target = targets[image][assignment.target[i]];
    const perStride = 1 / anchor.level.stride;
    const angleIndex = image * head.anchors + assignment.anchor[i];
    const sides = decodeSides(head, anchor, image);

    const box = rotatedBoxAround(anchor, sides, angles[angleIndex]);
    const similarity = probIou(box, scaleRotated(target.rotated, perStride));
    const weight = scale.box * score;
    loss.box += weight * (1 - similarity.value);

    const boxGrad = similarity.grad.map((slope) => -weight * slope) as RotatedBox;
    const slopes = rotatedBoxGrad(anchor, box, boxGrad);
    grads.angles[angleIndex] = slopes.angle;
    const unrotated = scaleBox(target.box, perStride);
    const dflScale = scale.dfl * score;
    const own = { image, anchor, sides };
    loss.dfl += regressSides(head, own, unrotated, dflScale, slopes.sides, grads.feats);
  });
  return loss;
}
