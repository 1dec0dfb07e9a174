/** Distance of a box side from its anchor, and the probabilities of its bins. */
export interface Side {
  /** Grid units; the raw value when R = 1. */
  distance: number;
  /** [R] softmax of the bins' logits. */
  probabilities: number[];
  /** [R] log of the above. */
  logProbabilities: number[];
}

/**
 * Expected bin index under the softmax of the bins' logits.
 *
 * @param logits [R]; R = 1: the distance itself
 * Source: Li et al., arXiv:2006.04388, eq. 4
 */
export function decodeSide(logits: readonly number[]): Side {
  if (logits.length === 1) {
    return { distance: logits[0], probabilities: [1], logProbabilities: [0] };
  }
  const largest = Math.max(...logits);
  const logSum = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - largest), 0));
  const logProbabilities = logits.map((x) => x - largest - logSum);
  const probabilities = logProbabilities.map(Math.exp);
  const distance = probabilities.reduce((sum, p, bin) => sum + p * bin, 0);
  return { distance, probabilities, logProbabilities };
}

/** ∂distance/∂logits, [R]. */
export function decodeGrad({ distance, probabilities }: Side): number[] {
  if (probabilities.length === 1) return [1];
  return probabilities.map((p, bin) => p * (bin - distance));
}

/** A hundredth of a bin below the last one, so that there always is a bin above. */
const MARGIN = 0.01;

/**
 * Distribution focal loss of one side: cross-entropy with the two bins around the target distance,
 * weighted by nearness.
 *
 * @param targetDistance grid units; clamped to [0, R − 1 − 0.01]
 * @returns value, and grad [R] = ∂value/∂logits; R = 1: 0, as there is no distribution
 * Source: Li et al., arXiv:2006.04388, eq. 6
 */
export function distributionFocalLoss(
  { probabilities, logProbabilities }: Side,
  targetDistance: number,
): { value: number; grad: number[] } {
  const bins = probabilities.length;
  if (bins === 1) return { value: 0, grad: [0] };
  const target = Math.min(Math.max(targetDistance, 0), bins - 1 - MARGIN);
  const below = Math.floor(target);
  const weightAbove = target - below;
  const weightBelow = 1 - weightAbove;
  const grad = [...probabilities];
  grad[below] -= weightBelow;
  grad[below + 1] -= weightAbove;
  const value = -weightBelow * logProbabilities[below] - weightAbove * logProbabilities[below + 1];
  return { value, grad };
}
