import { crossEntropyOf, type Softmax, softmax } from './softmax.ts';
import type { Term } from './term.ts';

/** Distance of a box side from its anchor, and the softmax of its R bins. */
export interface Side extends Softmax {
  /** Distance in grid units; the raw value if R = 1. */
  distance: number;
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
  const bins = softmax(logits);
  const distance = bins.probabilities.reduce((sum, p, bin) => sum + p * bin, 0);
  return { distance, ...bins };
}

/** ∂distance/∂logits, [R]. */
export function decodeGrad({ distance, probabilities }: Side): number[] {
  if (probabilities.length === 1) return [1];
  return probabilities.map((p, bin) => p * (bin - distance));
}

/** Distance in bins by which a target stays below the last bin, so that there always is a bin above. */
const MARGIN = 0.01;

/**
 * Distribution focal loss of one side: cross-entropy with the two bins around the target distance,
 * weighted by nearness.
 *
 * @param targetDistance grid units; clamped to [0, R − 1 − 0.01]
 * @returns value, and grad [R] = ∂value/∂logits; R = 1: 0, as there is no distribution
 * Source: Li et al., arXiv:2006.04388, eq. 6
 */
export function distributionFocalLoss(side: Softmax, targetDistance: number): Term<number[]> {
  const bins = side.probabilities.length;
  if (bins === 1) return { value: 0, grad: [0] };
  const target = Math.min(Math.max(targetDistance, 0), bins - 1 - MARGIN);
  const below = Math.floor(target);
  const weights = new Array(bins).fill(0);
  weights[below] = 1 - (target - below);
  weights[below + 1] = target - below;
  return crossEntropyOf(side, weights);
}
