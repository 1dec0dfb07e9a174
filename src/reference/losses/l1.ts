import type { Term } from '../term.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

/**
 * Absolute error |x − t|. The gradient is 0 where x = t.
 *
 * @param target the input's shape; constant for the gradient
 * Source: PyTorch, l1_loss
 */
export function l1(input: Values, target: Values, options: LossOptions = {}): Loss {
  return elementwise(input, target, options, (x, t) => absolute(x - t));
}

/** Absolute value of a difference d, and its derivative. */
export function absolute(difference: number): Term {
  return { value: Math.abs(difference), grad: Math.sign(difference) };
}
