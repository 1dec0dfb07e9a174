import type { DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { assignTargets, type ReferenceAssignment } from './assign.ts';
import { classify } from './classify.ts';
import { type DistanceFrame, defaultsOf } from './defaults.ts';
import { scalesOf } from './detection.ts';
import { ignoredAnchors } from './ignore-regions.ts';
import { readHead } from './levels.ts';
import { type ReferenceOptions, resolveOptions } from './options.ts';
import { regressRotated } from './regress-rotated.ts';
import { isInsideRotated, rotatedGeometry } from './rotated-boxes.ts';
import { prepareRotatedTargets } from './rotated-targets.ts';

export interface OrientedPredictions {
  feats: readonly Tensor<ArrayLike<number>>[];
  /** [B, 1, A], radians */
  angles: Tensor<ArrayLike<number>>;
}

export type OrientedOptions = ReferenceOptions & {
  /** True distances of the distance loss: those to the unrotated box, or those in the target's own frame. */
  distances?: DistanceFrame | undefined;
  /** Added to the variances of the box loss's ProbIoU, in squared grid units. */
  covarianceFloor?: number | undefined;
  gains?: { angle?: number | undefined } | undefined;
};

export interface OrientedValueAndGrad {
  /** Sum of the items × B. */
  total: number;
  items: DetectionItems & { angle: number };
  grads: { feats: Float64Array[]; angles: Float64Array };
}

export interface ReferenceOrientedLoss extends OrientedValueAndGrad {
  /** Assignment whose `target` skips targets that are too small; those are unassigned. */
  assignment: ReferenceAssignment;
  normalizer: number;
}

/**
 * Detection loss with rotated boxes: ProbIoU replaces CIoU in alignment and box loss, and there is a loss of the angle.
 *
 * Assignment, scores and normalizer are constants for the gradient.
 *
 * @param targets bboxes [N, 5] flat: normalised xywh and angle in radians
 * @param options `iou` is ignored
 */
export function orientedLoss(
  predictions: OrientedPredictions,
  targets: DetectionTargets,
  options: OrientedOptions,
): ReferenceOrientedLoss {
  const resolved = resolveOptions(options);
  const head = readHead(predictions.feats, resolved);
  const grouped = prepareRotatedTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const geometryOf = (image: number) =>
    rotatedGeometry(head, image, predictions.angles.data, resolved.assigner.smallTargets);
  const count = targets.batchIdx.length;
  const shapes = { geometryOf, isInside: isInsideRotated };
  const assignment = assignTargets(head, grouped, count, shapes, resolved);
  const normalizer = Math.max(assignment.scoresSum, 1);
  const loss = orientedLossOf(predictions, targets, assignment, normalizer, options);
  return { assignment, normalizer, ...loss };
}

/** Differentiable loss for a given assignment. */
export function orientedLossOf(
  { feats, angles }: OrientedPredictions,
  targets: DetectionTargets,
  assignment: ReferenceAssignment,
  normalizer: number,
  options: OrientedOptions,
): OrientedValueAndGrad {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareRotatedTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const grads = {
    feats: feats.map(({ data }) => new Float64Array(data.length)),
    angles: new Float64Array(angles.data.length),
  };

  const scales = scalesOf(resolved, head.batch, normalizer);
  const ignored = ignoredAnchors(head, grouped, assignment, isInsideRotated);
  const own = { ...resolved, ignored };
  const cls = classify(head, grouped, assignment, own, scales.cls, grads.feats);
  const defaults = defaultsOf(options);
  const angleGain = options.gains?.angle ?? defaults.angle;
  const { box, dfl, angle } = regressRotated(
    { head, angles: angles.data },
    grouped,
    assignment,
    { ...scales, angle: (angleGain * head.batch) / normalizer },
    grads,
    {
      distance: resolved.distance,
      distances: options.distances ?? defaults.distances,
      covarianceFloor: options.covarianceFloor ?? defaults.covarianceFloor,
    },
  );
  const perImage = (sum: number) => sum / head.batch;
  return {
    total: box + cls + dfl + angle,
    items: {
      box: perImage(box),
      cls: perImage(cls),
      dfl: perImage(dfl),
      angle: perImage(angle),
    },
    grads,
  };
}
