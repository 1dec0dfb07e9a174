import { sigmoid } from '../sigmoid.ts';
import { alongAxis } from './along-axis.ts';
import { type Loss, type LossOptions, reduce, type Values } from './reduce.ts';

export interface DiceOptions extends LossOptions {
  /** Added to numerator and denominator, so that two empty masks count as equal. Default 1. */
  smooth?: number;
}

/**
 * Dice loss of a row: 1 − (2·Σp·t + smooth) / (Σp + Σt + smooth), p = sigmoid(x).
 *
 * A row holds all elements with one index of the first axis, for example one mask of [N, H, W]. A vector is one row.
 *
 * @param input logits [N, …]
 * @param target the input's shape, in [0, 1]; constant for the gradient
 * @returns with 'none' [N]
 * Source: Milletari et al., arXiv:1606.04797, with Σp and Σt in place of the sums of squares
 */
export function dice(
  input: Values,
  target: Values,
  { smooth = 1, reduction }: DiceOptions = {},
): Loss {
  const rows = input.shape.length > 1 ? input.shape[0] : 1;
  const length = input.data.length / Math.max(rows, 1);
  const { values, grad } = alongAxis({ data: input.data, shape: [rows, length] }, 1, (x, row) => {
    const t = Array.from({ length }, (_, i) => target.data[row * length + i]);
    // 1 − Dice is Σ p(1 − t) + t(1 − p) over the denominator; nothing cancels in it if the masks agree
    let difference = 0;
    let denominator = smooth;
    x.forEach((logit, i) => {
      difference += sigmoid(logit) * (1 - t[i]) + t[i] * sigmoid(-logit);
      denominator += sigmoid(logit) + t[i];
    });
    const value = difference / denominator;
    const gradient = (logit: number, i: number) =>
      ((1 - 2 * t[i] - value) / denominator) * sigmoid(logit) * sigmoid(-logit);
    return { value, grad: x.map(gradient) };
  });
  return reduce({ values, grad: { data: grad.data, shape: input.shape } }, reduction);
}
