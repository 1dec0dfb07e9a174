import { sigmoid } from '../sigmoid.ts';
import type { Term } from '../term.ts';
import { binaryCrossEntropy } from './bce-with-logits.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

export interface FocalOptions extends LossOptions {
  /** Weight of positives; negatives have 1 − alpha. Default 0.25. */
  alpha?: number;
  /** Power of 1 − p_t. Default 2. */
  gamma?: number;
}

/**
 * Focal loss of logits with targets in [0, 1]; see `focalTerm`.
 *
 * @param target the input's shape; constant for the gradient
 * Source: Lin et al., arXiv:1708.02002, eq. 5
 */
export function focal(
  input: Values,
  target: Values,
  { alpha = 0.25, gamma = 2, ...options }: FocalOptions = {},
): Loss {
  return elementwise(input, target, options, (x, q) => focalTerm(x, q, alpha, gamma));
}

/**
 * α_t · (1 − p_t)^γ · BCE, with p_t and α_t interpolated by the soft target:
 * p_t = q·p + (1 − q)(1 − p), α_t = q·α + (1 − q)(1 − α). All of it is differentiated. With targets beyond [0, 1],
 * 1 − p_t may be negative; a fractional power of it is then NaN.
 */
export function focalTerm(x: number, q: number, alpha: number, gamma: number): Term {
  const bce = binaryCrossEntropy(x, q);
  const [p, complement] = [sigmoid(x), sigmoid(-x)];
  const weight = q * alpha + (1 - q) * (1 - alpha);
  const miss = q * complement + (1 - q) * p; // 1 − p_t, without cancellation
  // ∂log(1 − p_t)/∂x; the loss is 0 where a saturated logit makes 1 − p_t 0
  const byLog = miss !== 0 ? ((1 - 2 * q) * p * complement) / miss : 0;
  const modulation = weight * miss ** gamma;
  return {
    value: modulation * bce.value,
    grad: modulation * (gamma * byLog * bce.value + bce.grad),
  };
}
