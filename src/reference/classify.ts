import type { ReferenceAssignment } from './assign.ts';
import { type Head, indexOf } from './levels.ts';
import type { ClassLoss } from './options.ts';
import { sigmoid, softplus } from './sigmoid.ts';
import type { ImageTarget } from './targets.ts';

interface Term {
  value: number;
  grad: number;
}

/**
 * Class loss over all anchors and classes, soft target = score at the target's class, else 0.
 *
 * @param grads one array a level, in the layout of the predictions; receives scale · gradient
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
  if (kind === 'focal') return focal(x, q, alpha, gamma);
  return varifocal(x, q, alpha, gamma);
}

/** −q·log p − (1 − q)·log(1 − p), p = sigmoid(x). An infinite logit gives NaN or infinity. */
export function binaryCrossEntropy(x: number, q: number): Term {
  return { value: softplus(x) - q * x, grad: sigmoid(x) - q };
}

/**
 * α_t · (1 − p_t)^γ · BCE, with p_t and α_t interpolated by the soft target:
 * p_t = q·p + (1 − q)(1 − p), α_t = q·α + (1 − q)(1 − α).
 *
 * Source: Lin et al., arXiv:1708.02002, eq. 5
 */
export function focal(x: number, q: number, alpha: number, gamma: number): Term {
  const bce = binaryCrossEntropy(x, q);
  const [p, complement] = [sigmoid(x), sigmoid(-x)];
  const weight = q * alpha + (1 - q) * (1 - alpha);
  const miss = q * complement + (1 - q) * p; // 1 − p_t, without cancellation
  // ∂log(1 − p_t)/∂x; the loss is 0 where a saturated logit leaves no miss
  const logSlope = miss > 0 ? ((1 - 2 * q) * p * complement) / miss : 0;
  const modulation = weight * miss ** gamma;
  return {
    value: modulation * bce.value,
    grad: modulation * (gamma * logSlope * bce.value + bce.grad),
  };
}

/**
 * q · BCE where the soft target q is above 0, else α · p^γ · BCE; p^γ is differentiated too.
 *
 * Source: Zhang et al., arXiv:2008.13367, eq. 2
 */
export function varifocal(x: number, q: number, alpha: number, gamma: number): Term {
  const bce = binaryCrossEntropy(x, q);
  if (q > 0) return { value: q * bce.value, grad: q * bce.grad };
  const weight = alpha * sigmoid(x) ** gamma;
  return {
    value: weight * bce.value,
    grad: weight * (gamma * sigmoid(-x) * bce.value + bce.grad),
  };
}
