import type { ReferenceAssignment } from './assign.ts';
import { type Head, indexOf } from './levels.ts';
import { binaryCrossEntropy } from './losses/bce-with-logits.ts';
import { focalTerm } from './losses/focal.ts';
import { varifocalTerm } from './losses/varifocal.ts';
import type { ClassLoss, ResolvedOptions } from './options.ts';
import type { ImageTarget } from './targets.ts';
import type { Term } from './term.ts';

interface ClassifyOptions extends Pick<ResolvedOptions, 'classLoss' | 'classWeights'> {
  /** [B] sets of anchors in ignore regions. */
  ignored: readonly ReadonlySet<number>[];
}

/**
 * Class loss over all anchors and classes. The soft target is the score at the target's class, else 0. Positives have
 * the weight of their target, and anchors in ignore regions have no loss. A weight of 0 leaves out a logit, also an
 * infinite one.
 *
 * @param grads one array per level, in the layout of the predictions; receives scale · gradient
 * @returns scale · Σ loss
 */
export function classify(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  { classLoss: loss, classWeights, ignored }: ClassifyOptions,
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
        const anchor = level.firstAnchor + cell;
        if (ignored[image].has(anchor)) continue;
        const positive = positiveOf.get(image * head.anchors + anchor);
        const target = positive === undefined ? null : targets[image][assignment.target[positive]];
        const score = positive === undefined ? 0 : assignment.score[positive];
        for (let c = 0; c < head.numClasses; c++) {
          const index = indexOf(level, image, 4 * head.regMax + c, cell);
          const softTarget = c === target?.cls ? score : 0;
          const weight = (target?.weight ?? 1) * (classWeights?.[c] ?? 1);
          if (weight === 0) continue;
          const { value, grad } = classLoss(loss, level.data[index], softTarget);
          sum += weight * value;
          grads[l][index] = scale * weight * grad;
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
