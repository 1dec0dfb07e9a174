import { alongAxis } from './along-axis.ts';
import { type Loss, type LossOptions, reduce, type Values } from './reduce.ts';

export interface MultiMarginOptions extends LossOptions {
  /** Power of each margin violation, 1 or 2. Default 1. */
  p?: 1 | 2;
  /** Amount by which the target class's input must exceed the others. Default 1. */
  margin?: number;
  /** [C], factor of the loss for each target class. */
  weight?: ArrayLike<number>;
}

/**
 * Multiclass hinge: Σ over classes j ≠ y of weight[y] · max(0, margin − x[y] + x[j])^p / C.
 * The gradient of a margin violation of 0 is 0.
 *
 * @param input [N, C] or [C]: classes on the last axis
 * @param target [N] or [] class indices y; constant for the gradient
 * @returns with 'none' the target's shape; the mean divides by N, not by the sum of weights
 * Source: PyTorch, multi_margin_loss
 */
export function multiMargin(
  input: Values,
  target: Values,
  { p = 1, margin = 1, weight, reduction }: MultiMarginOptions = {},
): Loss {
  const unreduced = alongAxis(input, input.shape.length - 1, (logits, position) => {
    const y = target.data[position];
    const factor = (weight?.[y] ?? 1) / logits.length;
    const shortfalls = logits.map((x, j) => (j === y ? 0 : Math.max(0, x - logits[y] + margin)));
    const grad = shortfalls.map((s) => (s > 0 ? factor * p * s ** (p - 1) : 0));
    grad[y] = -grad.reduce((sum, derivative) => sum + derivative, 0);
    return { value: shortfalls.reduce((sum, s) => sum + factor * s ** p, 0), grad };
  });
  return reduce(unreduced, reduction);
}
