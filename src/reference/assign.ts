import type { Assignment, DetectionTargets, Tensor } from '../types.ts';
import { alignment, type Geometry, isInside, uprightGeometry } from './align.ts';
import { pixelBoxes } from './boxes.ts';
import { resolveConflicts } from './conflicts.ts';
import { type IsInside, ignoredAnchors } from './ignore-regions.ts';
import { type Head, readHead } from './levels.ts';
import { type ReferenceOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { scorePositives } from './scores.ts';
import { type ImageTarget, prepareTargets } from './targets.ts';
import { chooseAnchors, keepBest } from './topk.ts';

/** The public assignment with scores in float64. */
export type ReferenceAssignment = Omit<Assignment, 'score'> & {
  score: Float64Array;
};

/** Task-aligned assignment of anchors to targets with upright boxes. */
export function assign(
  feats: readonly Tensor<ArrayLike<number>>[],
  targets: DetectionTargets,
  options: ReferenceOptions,
): ReferenceAssignment {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const { overlap, smallTargets } = resolved.assigner;
  const geometryOf = (image: number) =>
    uprightGeometry(pixelBoxes(head, image), overlap, smallTargets);
  const count = targets.batchIdx.length;
  return assignTargets(head, grouped, count, { geometryOf, isInside }, resolved);
}

/**
 * Task-aligned assignment of anchors to targets of any shape.
 *
 * @param grouped [B] lists of targets
 * @param count number of targets N that the caller passed; targets in no list are unassigned
 * @param shapes.geometryOf returns the geometry of an image's boxes
 * Source: Feng et al., arXiv:2108.07755
 */
export function assignTargets<Target extends ImageTarget>(
  head: Head,
  grouped: readonly Target[][],
  count: number,
  {
    geometryOf,
    isInside,
  }: { geometryOf: (image: number) => Geometry<Target>; isInside: IsInside<Target> },
  { assigner }: Pick<ResolvedOptions, 'assigner'>,
): ReferenceAssignment {
  const positives = grouped.flatMap((targets, image) => {
    if (targets.length === 0) return [];
    const fitOf = alignment(head, image, geometryOf(image), assigner);
    const chosen = targets.map((t) => chooseAnchors(fitOf, t, head.anchors, assigner.topk));
    const resolved = resolveConflicts(fitOf, targets, chosen);
    const ofImage =
      assigner.topk2 === assigner.topk ? resolved : keepBest(resolved, assigner.topk2);
    const scores = scorePositives(ofImage, targets.length);
    return ofImage.map((positive, i) => ({ ...positive, image, score: scores[i] }));
  });
  const targetOf = ({ image, target }: { image: number; target: number }) => grouped[image][target];
  const assigned = new Set(positives.map((p) => targetOf(p).source));
  const image = Int32Array.from(positives, (p) => p.image);
  const anchor = Int32Array.from(positives, (p) => p.anchor);
  const ignored = ignoredAnchors(head, grouped, { image, anchor }, isInside);

  return {
    image,
    anchor,
    target: Int32Array.from(positives, (p) => p.target),
    score: Float64Array.from(positives, (p) => p.score),
    scoresSum: positives.reduce((sum, p) => sum + (targetOf(p).weight ?? 1) * p.score, 0),
    unassigned: Int32Array.from(
      Array.from({ length: count }, (_, n) => n).filter((n) => !assigned.has(n)),
    ),
    ignored: Int32Array.from(ignored, ({ size }) => size),
  };
}
