import type { Term } from '../term.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

/**
 * Hinge loss max(0, 1 − t·x). The gradient is 0 where t·x = 1.
 *
 * @param target ±1, the input's shape; constant for the gradient
 */
export function hinge(input: Values, target: Values, options: LossOptions = {}): Loss {
  return elementwise(input, target, options, hingeTerm);
}

export function hingeTerm(x: number, t: number): Term {
  const shortfall = 1 - t * x;
  // NaN stays in the value
  return { value: Math.max(shortfall, 0), grad: shortfall > 0 ? -t : 0 };
}
