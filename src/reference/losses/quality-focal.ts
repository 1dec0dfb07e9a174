import { sigmoid } from '../sigmoid.ts';
import type { Term } from '../term.ts';
import { binaryCrossEntropy } from './bce-with-logits.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

export interface QualityFocalOptions extends LossOptions {
  /** Power of the distance to the target. Default 2. */
  beta?: number;
}

/**
 * Quality focal loss |t − p|^β · BCE of logits with targets t in [0, 1], p = sigmoid(x).
 * The factor |t − p|^β is differentiated too.
 *
 * @param target the input's shape; constant for the gradient
 * Source: Li et al., arXiv:2006.04388, eq. 2
 */
export function qualityFocal(
  input: Values,
  target: Values,
  { beta = 2, ...options }: QualityFocalOptions = {},
): Loss {
  return elementwise(input, target, options, (x, t) => qualityFocalTerm(x, t, beta));
}

export function qualityFocalTerm(x: number, t: number, beta: number): Term {
  const bce = binaryCrossEntropy(x, t);
  // p − t; positive logits take the complement, because their p itself is almost 1
  const miss = x > 0 ? 1 - t - sigmoid(-x) : sigmoid(x) - t;
  const factor = Math.abs(miss) ** beta;
  // ∂log|p − t|/∂x; where p = t, a power β < 1 has a cusp, whose gradient is taken as 0
  const byLog = miss === 0 ? 0 : (sigmoid(x) * sigmoid(-x)) / miss;
  return {
    value: factor * bce.value,
    grad: factor * (beta * byLog * bce.value + bce.grad),
  };
}
