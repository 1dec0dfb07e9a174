import {
  alignment,
  type FitOf,
  type Geometry,
  uprightGeometry,
} from '../../src/reference/align.ts';
import { pixelBoxes } from '../../src/reference/boxes.ts';
import { resolveConflicts } from '../../src/reference/conflicts.ts';
import { type Head, readHead } from '../../src/reference/levels.ts';
import {
  type ReferenceOptions,
  type ResolvedOptions,
  resolveOptions,
} from '../../src/reference/options.ts';
import { rotatedGeometry } from '../../src/reference/rotated-boxes.ts';
import { prepareRotatedTargets } from '../../src/reference/rotated-targets.ts';
import { type ImageTarget, prepareTargets } from '../../src/reference/targets.ts';
import { chooseAnchors } from '../../src/reference/topk.ts';
import type { DetectionTargets, Tensor } from '../../src/types.ts';
import type { buildOrientedCase } from './task-cases.ts';

interface Problem {
  feats: readonly Tensor[];
  targets: DetectionTargets;
  options: ReferenceOptions;
}

/**
 * Margin of an assignment: the smallest relative difference, over all choices of the assigner, between the value that it
 * takes and the best value that it leaves. Equal values have no part in it, as their index decides. An overlap that is
 * just above 0 has.
 */
export function assignmentMargin({ feats, targets, options }: Problem): number {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const { overlap, smallTargets } = resolved.assigner;
  const geometryOf = (image: number) =>
    uprightGeometry(pixelBoxes(head, image), overlap, smallTargets);
  return marginOf(head, grouped, geometryOf, resolved.assigner);
}

/** Margin of an assignment of rotated boxes, see `assignmentMargin`. */
export function orientedMargin({
  predictions: { feats, angles },
  targets,
  options,
}: ReturnType<typeof buildOrientedCase>): number {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareRotatedTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const { smallTargets } = resolved.assigner;
  const geometryOf = (image: number) => rotatedGeometry(head, image, angles.data, smallTargets);
  return marginOf(head, grouped, geometryOf, resolved.assigner);
}

function marginOf<Target extends ImageTarget>(
  head: Head,
  grouped: readonly Target[][],
  geometryOf: (image: number) => Geometry<Target>,
  assigner: ResolvedOptions['assigner'],
): number {
  let margin = 1;
  grouped.forEach((targets, image) => {
    const fitOf = alignment(head, image, geometryOf(image), assigner);
    margin = Math.min(margin, imageMargin(head, targets, fitOf, assigner));
  });
  return margin;
}

function imageMargin<Target extends ImageTarget>(
  head: Head,
  targets: readonly Target[],
  fitOf: FitOf<Target>,
  { topk, topk2 }: ResolvedOptions['assigner'],
): number {
  let margin = 1;
  const chosen = targets.map((target) => {
    const ranked = chooseAnchors(fitOf, target, head.anchors, topk + 1);
    const fits = ranked.map((anchor) => fitOf(anchor, target));
    for (const { overlap } of fits) if (overlap > 0) margin = Math.min(margin, overlap);
    if (ranked.length > topk) {
      margin = Math.min(margin, gap(fits[topk - 1].alignment, fits[topk].alignment));
    }
    return ranked.slice(0, topk);
  });
  const claims = new Map<number, number>();
  for (const anchor of chosen.flat()) claims.set(anchor, (claims.get(anchor) ?? 0) + 1);
  for (const [anchor, count] of claims) {
    if (count < 2) continue;
    const overlaps = targets.map((target) => fitOf(anchor, target).overlap);
    const [best, second] = overlaps.sort((a, b) => b - a);
    margin = Math.min(margin, gap(best, second));
  }
  return topk2 === topk ? margin : Math.min(margin, keptMargin(fitOf, targets, chosen, topk2));
}

/** Margin of the choice of those that each target keeps. */
function keptMargin<Target extends ImageTarget>(
  fitOf: FitOf<Target>,
  targets: readonly Target[],
  chosen: readonly number[][],
  topk2: number,
): number {
  const positives = resolveConflicts(fitOf, targets, chosen);
  const gaps = targets.map((_, t) => {
    const own = positives.filter(({ target }) => target === t);
    const [last, next] = own
      .map(({ alignment }) => alignment)
      .sort((a, b) => b - a)
      .slice(topk2 - 1);
    return next === undefined ? 1 : gap(last, next);
  });
  return Math.min(1, ...gaps);
}

function gap(larger: number, smaller: number): number {
  return larger === smaller ? 1 : (larger - smaller) / larger;
}
