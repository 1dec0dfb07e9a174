import type { ReferenceAssignment } from './assign.ts';
import { type Head, indexOf } from './levels.ts';
import { binaryCrossEntropy } from './losses/bce-with-logits.ts';
import { focalTerm } from './losses/focal.ts';
import { varifocalTerm } from './losses/varifocal.ts';
import type { ClassLoss } from './options.ts';
import type { ImageTarget } from './targets.ts';
import type { Term } from './term.ts';

/**
 * Class loss over all anchors and classes. The soft target is the score at the target's class, else 0.
 *
 * @param grads one array per level, in the layout of the predictions; receives scale · gradient
 * @returns scale · Σ loss
 */
export function classify(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  loss: ClassLoss,
  scale: number,
  grads: readonly Float64Array[],
): number {
  const positiveOf = new Map<number, number>();
  assignment.anchor.forEach((anchor, i) => {
    positiveOf.set(assignment.image[i] * head.anchors + anchor, i);
  });

  let sum = 0;
  head.levels.forEach((level, l) => {
    for (let image = 0; image < head.batch; image++) {
      for (let cell = 0; cell < level.height * level.width; cell++) {
        const positive = positiveOf.get(image * head.anchors + level.firstAnchor + cell);
        const cls = positive === undefined ? -1 : targets[image][assignment.target[positive]].cls;
        for (let c = 0; c < head.numClasses; c++) {
          const index = indexOf(level, image, 4 * head.regMax + c, cell);
          const softTarget = positive !== undefined && c === cls ? assignment.score[positive] : 0;
          const { value, grad } = classLoss(loss, level.data[index], softTarget);
          sum += value;
          grads[l][index] = scale * grad;
        }
      }
    }
  });
  return scale * sum;
}

/** Loss of one logit x with soft target q in [0, 1], and its derivative. */
export function classLoss({ kind, alpha, gamma }: ClassLoss, x: number, q: number): Term {
  if (kind === 'bce') return binaryCrossEntropy(x, q);
  if (kind === 'focal') return focalTerm(x, q, alpha, gamma);
  return varifocalTerm(x, q, alpha, gamma);
}
