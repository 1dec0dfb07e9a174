import type { Assignment, DetectionTargets, Tensor } from '../types.ts';
import { alignment } from './align.ts';
import { pixelBoxes } from './boxes.ts';
import { type Positive, resolveConflicts } from './conflicts.ts';
import { type Head, readHead } from './levels.ts';
import { type ReferenceOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { scorePositives } from './scores.ts';
import { type ImageTarget, prepareTargets } from './targets.ts';
import { chooseAnchors } from './topk.ts';

/** The public assignment with scores in float64. */
export type ReferenceAssignment = Omit<Assignment, 'score'> & { score: Float64Array };

/**
 * Task-aligned assignment of anchors to targets.
 *
 * Source: Feng et al., arXiv:2108.07755
 */
export function assign(
  feats: readonly Tensor<ArrayLike<number>>[],
  targets: DetectionTargets,
  options: ReferenceOptions,
): ReferenceAssignment {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareTargets(targets, head.batch, head.imageWidth, head.imageHeight);

  const positives = grouped.flatMap((imageTargets, image) => {
    const ofImage = assignImage(head, image, imageTargets, resolved);
    const scores = scorePositives(ofImage, imageTargets.length);
    return ofImage.map((positive, i) => ({ ...positive, image, score: scores[i] }));
  });
  const assigned = new Set(positives.map((p) => grouped[p.image][p.target].source));

  return {
    image: Int32Array.from(positives, (p) => p.image),
    anchor: Int32Array.from(positives, (p) => p.anchor),
    target: Int32Array.from(positives, (p) => p.target),
    score: Float64Array.from(positives, (p) => p.score),
    scoresSum: positives.reduce((sum, p) => sum + p.score, 0),
    unassigned: Int32Array.from(
      Array.from(targets.batchIdx, (_, n) => n).filter((n) => !assigned.has(n)),
    ),
  };
}

function assignImage(
  head: Head,
  image: number,
  targets: readonly ImageTarget[],
  { assigner }: ResolvedOptions,
): Positive[] {
  if (targets.length === 0) return [];
  const fitOf = alignment(head, image, pixelBoxes(head, image), assigner);
  const chosen = targets.map((t) => chooseAnchors(fitOf, t, head.anchors, assigner.topk));
  return resolveConflicts(fitOf, targets, chosen);
}
