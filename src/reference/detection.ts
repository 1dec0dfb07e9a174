import type { DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { isInside } from './align.ts';
import { assign, type ReferenceAssignment } from './assign.ts';
import { classify } from './classify.ts';
import { ignoredAnchors } from './ignore-regions.ts';
import { readHead } from './levels.ts';
import { type ReferenceOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { regress } from './regress.ts';
import { prepareTargets } from './targets.ts';

export interface ReferenceValueAndGrad {
  /** Sum of the items × B. `grads` is the gradient of this number. */
  total: number;
  /** After gains, divided by the normalizer. */
  items: DetectionItems;
  /** ∂total/∂feats, one array per level, in the layout of the predictions. */
  grads: Float64Array[];
  /** [P] CIoU's trade-off factors; 0 for other kinds. */
  tradeOffs: Float64Array;
}

export interface ReferenceLoss extends ReferenceValueAndGrad {
  assignment: ReferenceAssignment;
  /** max(sum of scores, 1). */
  normalizer: number;
}

/** Constants of the gradient besides assignment and normalizer. */
export interface Frozen {
  /** [P] */
  tradeOffs: ArrayLike<number>;
}

/**
 * Detection loss and its exact gradient in float64: the executable definition, plain and slow.
 *
 * Assignment, scores, normalizer and CIoU's trade-off factor are constants for the gradient.
 * @param feats one [B, c, H, W] or [B, H, W, c] per level, c = 4·R + C
 */
export function detectionLoss(
  feats: readonly Tensor<ArrayLike<number>>[],
  targets: DetectionTargets,
  options: ReferenceOptions,
): ReferenceLoss {
  const assignment = assign(feats, targets, options);
  const normalizer = Math.max(assignment.scoresSum, 1);
  return {
    assignment,
    normalizer,
    ...lossOf(feats, targets, assignment, normalizer, options),
  };
}

/** Differentiable loss for a given assignment. */
export function lossOf(
  feats: readonly Tensor<ArrayLike<number>>[],
  targets: DetectionTargets,
  assignment: ReferenceAssignment,
  normalizer: number,
  options: ReferenceOptions,
  frozen?: Frozen,
): ReferenceValueAndGrad {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const grads = feats.map(({ data }) => new Float64Array(data.length));

  const scales = scalesOf(resolved, head.batch, normalizer);
  const ignored = ignoredAnchors(head, grouped, assignment, isInside);
  const cls = classify(head, grouped, assignment, { ...resolved, ignored }, scales.cls, grads);
  const { box, dfl, tradeOffs } = regress(
    head,
    grouped,
    assignment,
    { kind: resolved.iou, scale: scales, distance: resolved.distance, frozen: frozen?.tradeOffs },
    grads,
  );
  return {
    total: box + cls + dfl,
    items: { box: box / head.batch, cls: cls / head.batch, dfl: dfl / head.batch },
    grads,
    tradeOffs,
  };
}

/** Factors of the sums over anchors: gain × B / normalizer. */
export function scalesOf(
  { gains }: Pick<ResolvedOptions, 'gains'>,
  batch: number,
  normalizer: number,
): ResolvedOptions['gains'] {
  const scale = (gain: number) => (gain * batch) / normalizer;
  return { box: scale(gains.box), cls: scale(gains.cls), dfl: scale(gains.dfl) };
}
