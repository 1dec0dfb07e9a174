import { angleTerm } from './angle-term.ts';
import type { ReferenceAssignment } from './assign.ts';
import { decodeSides, scaleBox } from './boxes.ts';
import type { DistanceFrame, DistanceLoss } from './defaults.ts';
import { anchorAt, type Head } from './levels.ts';
import { probIou, type RotatedBox } from './probiou.ts';
import {
  rotatedBoxAround,
  rotatedBoxGrad,
  rotatedDistancesTo,
  scaleRotated,
} from './rotated-boxes.ts';
import type { RotatedTarget } from './rotated-targets.ts';
import { distancesTo, regressSides } from './sides.ts';

/** Options of the losses of rotated boxes. */
interface RotatedOptions {
  /** Loss of the distances where R = 1. */
  distance: DistanceLoss;
  /** True distances: those to the unrotated box, or those in the target's own frame. */
  distances: DistanceFrame;
  /** Added to the variances of ProbIoU, in squared grid units. */
  covarianceFloor: number;
}

const UPRIGHT: RotatedOptions = { distance: 'none', distances: 'upright', covarianceFloor: 0 };

/**
 * Box loss Σ score · (1 − ProbIoU), distance loss Σ score · mean over 4 sides, and angle loss Σ score · angle term, in
 * grid units. The target's weight multiplies the score.
 *
 * @param angles [B, 1, A] flat, radians
 * @param scale factors of the sums and their gradients; without an angle's factor that loss is 0
 * @param grads of each level, in the layout of the predictions, and of the angles; those of positives are written
 */
export function regressRotated(
  { head, angles }: { head: Head; angles: ArrayLike<number> },
  targets: readonly RotatedTarget[][],
  assignment: ReferenceAssignment,
  scale: { box: number; dfl: number; angle?: number },
  grads: { feats: readonly Float64Array[]; angles: Float64Array },
  options: RotatedOptions = UPRIGHT,
): { box: number; dfl: number; angle: number } {
  const loss = { box: 0, dfl: 0, angle: 0 };
  assignment.score.forEach((score, i) => {
    const image = assignment.image[i];
    const anchor = anchorAt(head, assignment.anchor[i]);
    const target = targets[image][assignment.target[i]];
    const perStride = 1 / anchor.level.stride;
    const angleIndex = image * head.anchors + assignment.anchor[i];
    const sides = decodeSides(head, anchor, image);

    const box = rotatedBoxAround(anchor, sides, angles[angleIndex]);
    const truth = scaleRotated(target.rotated, perStride);
    const similarity = probIou(box, truth, options.covarianceFloor);
    const ownScore = score * (target.weight ?? 1);
    const weight = scale.box * ownScore;
    loss.box += weight * (1 - similarity.value);

    const boxGrad = similarity.grad.map((slope) => -weight * slope) as RotatedBox;
    const slopes = rotatedBoxGrad(anchor, box, boxGrad);
    const angle = angleTerm(angles[angleIndex], truth);
    const angleWeight = (scale.angle ?? 0) * ownScore;
    loss.angle += angleWeight * angle.value;
    grads.angles[angleIndex] = slopes.angle + angleWeight * angle.grad;

    const distances =
      options.distances === 'rotated'
        ? rotatedDistancesTo(anchor, truth)
        : distancesTo(anchor, scaleBox(target.box, perStride));
    const sideTargets = { distances, loss: options.distance, scale: scale.dfl * ownScore };
    const own = { image, anchor, sides };
    loss.dfl += regressSides(head, own, sideTargets, slopes.sides, grads.feats);
  });
  return loss;
}
