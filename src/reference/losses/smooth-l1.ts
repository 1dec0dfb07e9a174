import { huberTerm } from './huber.ts';
import { absolute } from './l1.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

export interface SmoothL1Options extends LossOptions {
  /** Difference at which the parabola becomes a line. 0 gives L1 loss. Default 1. */
  beta?: number;
}

/**
 * Smooth L1 loss: d²/(2β) where |d| < β, else |d| − β/2, with d = x − t. That is Huber's loss with δ = β, divided by β.
 *
 * @param target the input's shape; constant for the gradient
 * Source: Girshick, arXiv:1504.08083, eq. 3; PyTorch, smooth_l1_loss
 */
export function smoothL1(
  input: Values,
  target: Values,
  { beta = 1, ...options }: SmoothL1Options = {},
): Loss {
  return elementwise(input, target, options, (x, t) => {
    if (beta === 0) return absolute(x - t);
    const { value, grad } = huberTerm(x - t, beta);
    return { value: value / beta, grad: grad / beta };
  });
}
