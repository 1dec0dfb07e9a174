import type { Positive } from './conflicts.ts';

/** Constant that keeps the division defined for vanishing alignments. */
const EPS = 1e-9;

/**
 * Soft class targets: the score of a target's best anchor is the target's largest overlap, the other anchors' scores
 * are lower in proportion to their alignment. Both maxima are over the target's positives.
 *
 * score = alignment · largest overlap / (largest alignment + 1e-9)
 *
 * @param targets number of targets of the image
 * @returns [P] scores in [0, 1], in the order of `positives`
 * Source: Feng et al., arXiv:2108.07755, section 3.2
 */
export function scorePositives(positives: readonly Positive[], targets: number): number[] {
  const alignments = new Float64Array(targets);
  const overlaps = new Float64Array(targets);
  for (const { target, alignment, overlap } of positives) {
    alignments[target] = Math.max(alignments[target], alignment);
    overlaps[target] = Math.max(overlaps[target], overlap);
  }
  return positives.map(
    ({ target, alignment }) => (alignment * overlaps[target]) / (alignments[target] + EPS),
  );
}
