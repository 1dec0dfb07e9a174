import type { FitOf } from './align.ts';

/**
 * Selects a target's candidates of highest alignment, at most `topk`.
 *
 * Ties go to the lower anchor index. Candidates with alignment 0 are never selected.
 *
 * @returns anchor indices, best first
 */
export function chooseAnchors<Target>(
  fitOf: FitOf<Target>,
  target: Target,
  anchors: number,
  topk: number,
): number[] {
  const candidates: { anchor: number; alignment: number }[] = [];
  for (let anchor = 0; anchor < anchors; anchor++) {
    const { alignment } = fitOf(anchor, target);
    if (alignment > 0) candidates.push({ anchor, alignment });
  }
  candidates.sort(
    (a, b) => (b.alignment === a.alignment ? 0 : b.alignment - a.alignment) || a.anchor - b.anchor,
  );
  return candidates.slice(0, topk).map(({ anchor }) => anchor);
}

/**
 * Keeps each target's positives of highest alignment, at most `topk2`; ties go to the lower anchor index. The freed
 * anchors are negatives.
 *
 * @param positives of one image, in ascending order of anchors
 * @returns the kept ones, in the same order
 */
export function keepBest<P extends { target: number; alignment: number }>(
  positives: readonly P[],
  topk2: number,
): P[] {
  return positives.filter((own, i) => {
    const better = positives.filter(
      (other, j) =>
        other.target === own.target &&
        (other.alignment > own.alignment || (other.alignment === own.alignment && j < i)),
    );
    return better.length < topk2;
  });
}
