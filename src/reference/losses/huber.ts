import type { Term } from '../term.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

export interface HuberOptions extends LossOptions {
  /** Difference at which the parabola becomes a line, above 0. Default 1. */
  delta?: number;
}

/**
 * Huber loss: d²/2 where |d| < δ, else δ·(|d| − δ/2), with d = x − t.
 *
 * @param target the input's shape; constant for the gradient
 * Source: Huber 1964; PyTorch, huber_loss
 */
export function huber(
  input: Values,
  target: Values,
  { delta = 1, ...options }: HuberOptions = {},
): Loss {
  return elementwise(input, target, options, (x, t) => huberTerm(x - t, delta));
}

export function huberTerm(difference: number, delta: number): Term {
  const size = Math.abs(difference);
  if (size < delta) return { value: difference ** 2 / 2, grad: difference };
  return { value: delta * (size - delta / 2), grad: delta * Math.sign(difference) };
}
