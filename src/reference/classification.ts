import type { Tensor } from '../types.ts';
import { crossEntropy } from './losses/cross-entropy.ts';

export interface ClassificationOptions {
  /** C */
  numClasses: number;
  /** Share of the target that is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
}

export interface ReferenceClassificationLoss {
  /** Mean over the batch, not multiplied by B as other tasks' totals are. */
  total: number;
  items: { loss: number };
  /** [B, C] flat. */
  grads: { logits: Float64Array };
}

/**
 * Mean softmax cross-entropy over the batch.
 *
 * @param predictions logits [B, C]
 * @param targets cls [B], class indices
 */
export function classificationLoss(
  { logits }: { logits: Tensor<ArrayLike<number>> },
  { cls }: { cls: ArrayLike<number> },
  { labelSmoothing }: ClassificationOptions,
): ReferenceClassificationLoss {
  const target = { data: cls, shape: [cls.length] };
  const { value, grad } = crossEntropy(logits, target, {
    labelSmoothing,
    ignoreIndex: Number.NaN, // equal to nothing: every image counts
  });
  const loss = value as number;
  return { total: loss, items: { loss }, grads: { logits: grad.data } };
}
