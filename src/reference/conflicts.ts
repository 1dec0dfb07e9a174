import type { Fit, FitOf } from './align.ts';
import type { ImageTarget } from './targets.ts';

/** An anchor that is assigned to a target. */
export interface Positive extends Fit {
  anchor: number;
  /** Index among the image's targets. */
  target: number;
}

/**
 * Assigns every selected anchor to one target.
 *
 * An anchor that several targets selected is assigned to the target with the highest overlap among all targets of the
 * image, even one that did not select it; the overlap is 0 if the anchor is no candidate. Ties go to the lower target
 * index. If its alignment with that target is 0, the anchor is no positive.
 *
 * @param chosen selected anchors of each target
 * @returns positives in ascending order of anchors
 */
export function resolveConflicts<Target extends ImageTarget>(
  fitOf: FitOf<Target>,
  targets: readonly Target[],
  chosen: readonly number[][],
): Positive[] {
  const claims = new Map<number, number[]>();
  chosen.forEach((anchors, target) => {
    for (const anchor of anchors) claims.set(anchor, [...(claims.get(anchor) ?? []), target]);
  });

  return [...claims]
    .sort(([a], [b]) => a - b)
    .map(([anchor, claimants]) => {
      const target = claimants.length === 1 ? claimants[0] : bestTarget(fitOf, targets, anchor);
      return { anchor, target, ...fitOf(anchor, targets[target]) };
    })
    .filter(({ alignment }) => alignment > 0);
}

function bestTarget<Target>(
  fitOf: FitOf<Target>,
  targets: readonly Target[],
  anchor: number,
): number {
  const overlaps = targets.map((target) => fitOf(anchor, target).overlap);
  let best = 0;
  overlaps.forEach((overlap, target) => {
    if (overlap > overlaps[best]) best = target;
  });
  return best;
}
