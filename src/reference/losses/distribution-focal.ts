import { decodeSide, distributionFocalLoss } from '../dfl.ts';
import { alongAxis } from './along-axis.ts';
import { type Loss, type LossOptions, reduce, type Values } from './reduce.ts';

/**
 * Distribution focal loss: cross-entropy with the two bins around the target, weighted by nearness.
 *
 * @param input logits [N, R] (leading axes of any number)
 * @param target [N] in bins, clamped to [0, R − 1 − 0.01]; constant for the gradient
 * @returns with 'none' the target's shape. R = 1 gives 0, because there is no distribution
 * Source: Li et al., arXiv:2006.04388, eq. 6
 */
export function distributionFocal(
  input: Values,
  target: Values,
  { reduction }: LossOptions = {},
): Loss {
  const unreduced = alongAxis(input, input.shape.length - 1, (logits, row) =>
    distributionFocalLoss(decodeSide(logits), target.data[row]),
  );
  return reduce(unreduced, reduction);
}
