import { crossEntropyOf, softmax } from '../softmax.ts';
import { alongAxis, vectorsAlong } from './along-axis.ts';
import { type Loss, type LossOptions, reduce, type Values } from './reduce.ts';

export interface CrossEntropyOptions extends LossOptions {
  /** [C], factor of each class's −log p. */
  weight?: ArrayLike<number>;
  /** Rows with this class index have loss and gradient 0, and the mean does not count them. Default −100. */
  ignoreIndex?: number;
  /** Share ε of the target that is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
}

/**
 * Softmax cross-entropy −Σ over classes of weight · q · log p, q = (1 − ε) · target + ε/C.
 *
 * @param input logits [N, C, …] or [C]
 * @param target class indices [N, …] or [], or probabilities of the input's shape; constant for the gradient
 * @returns with 'none' [N, …] or []. The mean of class indices is weighted: it divides by the sum of the
 * weights of the target classes that are not ignored; if that is 0 it is NaN with gradient 0. The mean
 * of probabilities divides by the number of rows and knows no ignoreIndex.
 * Source: PyTorch, cross_entropy
 */
export function crossEntropy(
  input: Values,
  target: Values,
  { weight, ignoreIndex = -100, labelSmoothing = 0, reduction }: CrossEntropyOptions = {},
): Loss {
  const axis = input.shape.length > 1 ? 1 : 0;
  const classes = input.shape[axis];
  const weightOf = (c: number) => weight?.[c] ?? 1;
  const smooth = (q: number) => (1 - labelSmoothing) * q + labelSmoothing / classes;
  const rowLoss = (logits: number[], target: (c: number) => number) => {
    const weights = logits.map((_, c) => weightOf(c) * smooth(target(c)));
    return crossEntropyOf(softmax(logits), weights);
  };

  if (target.shape.length === input.shape.length) {
    const probabilities = vectorsAlong(target, axis);
    const ofRow = (logits: number[], row: number) => rowLoss(logits, (c) => probabilities[row][c]);
    return reduce(alongAxis(input, axis, ofRow), reduction);
  }
  let divisor = 0;
  const unreduced = alongAxis(input, axis, (logits, row) => {
    const y = target.data[row];
    if (y === ignoreIndex) return { value: 0, grad: [] };
    divisor += weightOf(y);
    return rowLoss(logits, (c) => Number(c === y));
  });
  return reduce(unreduced, reduction, divisor);
}
