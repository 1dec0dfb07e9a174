import { sigmoid, softplus } from '../sigmoid.ts';
import type { Term } from '../term.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

export interface BceOptions extends LossOptions {
  /** Factors of the elements' losses: they cover the input's trailing axes and repeat over the leading ones. */
  weight?: ArrayLike<number>;
  /** Factors of the positive part, for example one for each class. They repeat as `weight` does. */
  posWeight?: ArrayLike<number>;
}

/**
 * Binary cross-entropy of logits x with targets t in [0, 1].
 *
 * weight · (−posWeight·t·log p − (1 − t)·log(1 − p)), p = sigmoid(x)
 *
 * @param target the input's shape; constant for the gradient, as are the weights
 * The mean divides by the number of elements, not by the sum of weights.
 * Source: PyTorch, binary_cross_entropy_with_logits
 */
export function bceWithLogits(
  input: Values,
  target: Values,
  { weight = [1], posWeight = [1], ...options }: BceOptions = {},
): Loss {
  return elementwise(input, target, options, (x, t, i) => {
    const { value, grad } = binaryCrossEntropy(x, t, posWeight[i % posWeight.length]);
    const factor = weight[i % weight.length];
    return { value: factor * value, grad: factor * grad };
  });
}

/**
 * −posWeight·q·log p − (1 − q)·log(1 − p), p = sigmoid(x). An infinite logit gives NaN or infinity.
 * Value and derivative each add two terms, in which saturated logits cancel no digits.
 */
export function binaryCrossEntropy(x: number, q: number, posWeight = 1): Term {
  const positive = posWeight * q;
  return {
    value: positive * softplus(-x) + (1 - q) * softplus(x),
    grad: (1 - q) * sigmoid(x) - positive * sigmoid(-x),
  };
}
