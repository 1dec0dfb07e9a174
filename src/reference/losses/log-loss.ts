import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

/** Logarithms are clamped to −100, which bounds the loss at a probability of exactly 0 or 1. */
const LARGEST = 100;
/** Bounds the gradient where a probability is next to 0 or 1. */
const SMALLEST_VARIANCE = 1e-12;

/**
 * Cross-entropy of probabilities: −t·log p − (1 − t)·log(1 − p), logarithms at least −100.
 *
 * @param input probabilities, in [0, 1]
 * @param target the input's shape, in [0, 1]; constant for the gradient
 * @returns grad (p − t) / max(p·(1 − p), 1e-12), which ignores the clamp: a certain mistake still has a gradient
 * Source: PyTorch, binary_cross_entropy
 */
export function logLoss(input: Values, target: Values, options: LossOptions = {}): Loss {
  return elementwise(input, target, options, (p, t) => ({
    value: t * Math.min(-Math.log(p), LARGEST) + (1 - t) * Math.min(-Math.log1p(-p), LARGEST),
    grad: (p - t) / Math.max(p * (1 - p), SMALLEST_VARIANCE),
  }));
}
