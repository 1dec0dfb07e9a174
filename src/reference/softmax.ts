import type { Term } from './term.ts';

/** Probabilities of classes or bins, and their logarithms. */
export interface Softmax {
  probabilities: number[];
  logProbabilities: number[];
}

/**
 * Softmax of logits. What the largest logit leaves to the others goes through log1p: the loss of a
 * class that is all but certain keeps its digits.
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
 * @param weights one a class; an infinite logit of a class of weight 0 does not count
 * @returns grad p · Σweight − weight, made of the other classes' weights and of 1 − p, so that nothing cancels
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
