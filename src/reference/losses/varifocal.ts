import { sigmoid } from '../sigmoid.ts';
import type { Term } from '../term.ts';
import { binaryCrossEntropy } from './bce-with-logits.ts';
import type { FocalOptions } from './focal.ts';
import { elementwise, type Loss, type Values } from './reduce.ts';

/**
 * Varifocal loss of logits; see `varifocalTerm`. A target above 0 is the quality of a positive.
 *
 * @param target the input's shape, in [0, 1]; constant for the gradient
 * @param options alpha: weight of negatives, default 0.75; gamma: power of their p, default 2
 * Source: Zhang et al., arXiv:2008.13367, eq. 2
 */
export function varifocal(
  input: Values,
  target: Values,
  { alpha = 0.75, gamma = 2, ...options }: FocalOptions = {},
): Loss {
  return elementwise(input, target, options, (x, q) => varifocalTerm(x, q, alpha, gamma));
}

/** Varifocal loss: q · BCE where the soft target q is above 0, else α · p^γ · BCE; p^γ is differentiated too. */
export function varifocalTerm(x: number, q: number, alpha: number, gamma: number): Term {
  const bce = binaryCrossEntropy(x, q);
  if (q > 0) return { value: q * bce.value, grad: q * bce.grad };
  const weight = alpha * sigmoid(x) ** gamma;
  return {
    value: weight * bce.value,
    grad: weight * (gamma * sigmoid(-x) * bce.value + bce.grad),
  };
}
