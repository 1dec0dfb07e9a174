import type { Term } from './term.ts';

/** Probabilities of classes or bins, and their logarithms. */
export interface Softmax {
  probabilities: number[];
  logProbabilities: number[];
}

/**
 * Softmax of logits. The sum over all but the largest logit goes through log1p, so that the loss of an
 * almost certain class keeps its digits.
 */
export function softmax(logits: readonly number[]): Softmax {
  const largest = Math.max(...logits);
  const first = logits.indexOf(largest);
  const others = logits.reduce((sum, x, i) => (i === first ? sum : sum + Math.exp(x - largest)), 0);
  const logSum = Math.log1p(others);
  const logProbabilities = logits.map((x) => x - largest - logSum);
  return { probabilities: logProbabilities.map(Math.exp), logProbabilities };
}

/**
 * −Σ weight · log p and its gradient with respect to the logits.
 *
 * @param weights one per class; an infinite logit of a class with weight 0 does not count
 * @returns grad p · Σweight − weight, computed from the other classes' weights and 1 − p, so that nothing cancels
 */
export function crossEntropyOf(
  { probabilities, logProbabilities }: Softmax,
  weights: readonly number[],
): Term<number[]> {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let value = 0;
  const grad = weights.map((weight, c) => {
    if (weight !== 0) value -= weight * logProbabilities[c];
    return probabilities[c] * (total - weight) + weight * Math.expm1(logProbabilities[c]);
  });
  return { value, grad };
}
