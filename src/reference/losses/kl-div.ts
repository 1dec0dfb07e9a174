import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

/**
 * Kullback–Leibler divergence of each element: t · (log t − x), or 0 where t is 0.
 *
 * @param input log-probabilities x
 * @param target probabilities, the input's shape; constant for the gradient
 * The mean divides by the number of elements, as PyTorch's does, not by the number of distributions.
 * Source: PyTorch, kl_div
 */
export function klDiv(input: Values, target: Values, options: LossOptions = {}): Loss {
  return elementwise(input, target, options, (x, t) => ({
    value: t === 0 ? 0 : t * (Math.log(t) - x),
    grad: -t,
  }));
}
