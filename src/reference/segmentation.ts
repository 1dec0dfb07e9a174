import type { DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { assign, type ReferenceAssignment } from './assign.ts';
import { type Frozen, lossOf } from './detection.ts';
import { readHead } from './levels.ts';
import { type MaskPredictions, masks } from './masks.ts';
import { type ReferenceOptions, resolveOptions } from './options.ts';
import { prepareTargets } from './targets.ts';

export interface SegmentationPredictions extends MaskPredictions {
  feats: readonly Tensor<ArrayLike<number>>[];
}

export interface SegmentationTargets extends DetectionTargets {
  /** Overlap: [B, H, W], 1 + index of the target in its image; else [N, H, W], binary. */
  masks: Tensor<ArrayLike<number>>;
}

export interface SegmentationOptions extends ReferenceOptions {
  /** Whether there is one mask of indices per image; false: one binary mask per target. Default true. */
  overlap?: boolean;
}

export interface SegmentationValueAndGrad {
  /** Sum of the items × B. */
  total: number;
  items: DetectionItems & { seg: number };
  grads: { feats: Float64Array[]; coefficients: Float64Array; prototypes: Float64Array };
  tradeOffs: Float64Array;
}

export interface ReferenceSegmentationLoss extends SegmentationValueAndGrad {
  assignment: ReferenceAssignment;
  normalizer: number;
}

/**
 * Detection loss and the mask loss of its positives, which has the gain of the box loss.
 *
 * Assignment, scores, normalizer, CIoU's trade-off factor, crop and area are constants for the gradient.
 */
export function segmentationLoss(
  predictions: SegmentationPredictions,
  targets: SegmentationTargets,
  options: SegmentationOptions,
): ReferenceSegmentationLoss {
  const assignment = assign(predictions.feats, targets, options);
  const normalizer = Math.max(assignment.scoresSum, 1);
  const loss = segmentationLossOf(predictions, targets, assignment, normalizer, options);
  return { assignment, normalizer, ...loss };
}

/** Differentiable loss for a given assignment. */
export function segmentationLossOf(
  { feats, ...predictions }: SegmentationPredictions,
  targets: SegmentationTargets,
  assignment: ReferenceAssignment,
  normalizer: number,
  options: SegmentationOptions,
  frozen?: Frozen,
): SegmentationValueAndGrad {
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const detection = lossOf(feats, targets, assignment, normalizer, options, frozen);

  const grads = {
    coefficients: new Float64Array(predictions.coefficients.data.length),
    prototypes: new Float64Array(predictions.prototypes.data.length),
  };
  const truth = { masks: targets.masks, overlap: options.overlap ?? true };
  const scale = resolved.gains.box * head.batch;
  const seg = masks(head, grouped, assignment, { predictions, truth }, scale, grads);
  return {
    total: detection.total + seg,
    items: { ...detection.items, seg: seg / head.batch },
    grads: { feats: detection.grads, ...grads },
    tradeOffs: detection.tradeOffs,
  };
}
