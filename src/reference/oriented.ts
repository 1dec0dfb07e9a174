import type { DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { assignTargets, type ReferenceAssignment } from './assign.ts';
import { classify } from './classify.ts';
import { scalesOf } from './detection.ts';
import { readHead } from './levels.ts';
import { type ReferenceOptions, resolveOptions } from './options.ts';
import { regressRotated } from './regress-rotated.ts';
import { rotatedGeometry } from './rotated-boxes.ts';
import { prepareRotatedTargets } from './rotated-targets.ts';

export interface OrientedPredictions {
  feats: readonly Tensor<ArrayLike<number>>[];
  /** [B, 1, A], radians */
  angles: Tensor<ArrayLike<number>>;
}

export interface OrientedValueAndGrad {
  /** Sum of the items × B. */
  total: number;
  items: DetectionItems;
  grads: { feats: Float64Array[]; angles: Float64Array };
}

export interface ReferenceOrientedLoss extends OrientedValueAndGrad {
  /** Assignment whose `target` skips targets that are too small; those are unassigned. */
  assignment: ReferenceAssignment;
  normalizer: number;
}

/**
 * Detection loss with rotated boxes: ProbIoU replaces CIoU in alignment and box loss.
 *
 * Assignment, scores and normalizer are constants for the gradient.
 *
 * @param targets bboxes [N, 5] flat: normalised xywh and angle in radians
 * @param options `iou` is ignored
 */
export function orientedLoss(
  predictions: OrientedPredictions,
  targets: DetectionTargets,
  options: ReferenceOptions,
): ReferenceOrientedLoss {
  const resolved = resolveOptions(options);
  const head = readHead(predictions.feats, resolved);
  const grouped = prepareRotatedTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const geometryOf = (image: number) => rotatedGeometry(head, image, predictions.angles.data);
  const count = targets.batchIdx.length;
  const assignment = assignTargets(head, grouped, count, geometryOf, resolved);
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
  options: ReferenceOptions,
): OrientedValueAndGrad {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareRotatedTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const grads = {
    feats: feats.map(({ data }) => new Float64Array(data.length)),
    angles: new Float64Array(angles.data.length),
  };

  const scales = scalesOf(resolved, head.batch, normalizer);
  const cls = classify(head, grouped, assignment, resolved.classLoss, scales.cls, grads.feats);
  const { box, dfl } = regressRotated(head, angles.data, grouped, assignment, scales, grads);
  return {
    total: box + cls + dfl,
    items: { box: box / head.batch, cls: cls / head.batch, dfl: dfl / head.batch },
    grads,
  };
}
