import { binaryCrossEntropy } from '../losses/bce-with-logits.ts';
import { focalTerm } from '../losses/focal.ts';
import { sigmoid } from '../sigmoid.ts';
import type { Term } from '../term.ts';
import type { SetClassification } from './types.ts';

/** Least soft target of 'ia-bce'. */
const LEAST_TARGET = 0.01;

/** Class loss of one logit x. `held` is the same logit, but constant for the gradient. */
export interface ClassTerms {
  /** Term of a pair's query at its target's class; u is the IoU of the pair's boxes, constant. */
  positive(x: number, u: number, held: number): Term;
  /** Term of every other query and class. */
  negative(x: number, held: number): Term;
}

/**
 * Terms of the class losses that treat every class by itself.
 *
 * - focal: arXiv:1708.02002, eq. 5, targets 1 and 0
 * - vfl: arXiv:2008.13367, eq. 2, with p^γ constant
 * - mal: arXiv:2412.04234, eq. 4, with p^γ constant
 * - ia-bce: arXiv:2406.03459, with the soft target max(p^α·u^(1−α), 0.01), which is constant
 */
export function classTerms({
  kind,
  alpha,
  gamma,
}: Exclude<SetClassification, { kind: 'softmax' }>): ClassTerms {
  const constantWeight = (x: number, held: number): Term => {
    const weight = alpha * sigmoid(held) ** gamma;
    const { value, grad } = binaryCrossEntropy(x, 0);
    return { value: weight * value, grad: weight * grad };
  };
  switch (kind) {
    case 'focal':
      return {
        positive: (x) => focalTerm(x, 1, alpha, gamma),
        negative: (x) => focalTerm(x, 0, alpha, gamma),
      };
    case 'vfl':
      return {
        positive: (x, u) => {
          const { value, grad } = binaryCrossEntropy(x, u);
          return { value: u * value, grad: u * grad };
        },
        negative: constantWeight,
      };
    case 'mal':
      return {
        positive: (x, u) => binaryCrossEntropy(x, u ** gamma),
        negative: constantWeight,
      };
    case 'ia-bce':
      return {
        positive: (x, u, held) =>
          binaryCrossEntropy(x, Math.max(sigmoid(held) ** alpha * u ** (1 - alpha), LEAST_TARGET)),
        // p^γ · softplus(x)
        negative: (x) => focalTerm(x, 0, 0, gamma),
      };
  }
}
