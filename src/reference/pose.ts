import type { DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { assign, type ReferenceAssignment } from './assign.ts';
import { type Frozen, lossOf } from './detection.ts';
import { keypoints } from './keypoints.ts';
import { readHead } from './levels.ts';
import { type ReferenceOptions, resolveOptions } from './options.ts';
import { prepareTargets } from './targets.ts';

export interface PosePredictions {
  feats: readonly Tensor<ArrayLike<number>>[];
  /** [B, K·D, A], keypoint by keypoint */
  keypoints: Tensor<ArrayLike<number>>;
}

export interface PoseTargets extends DetectionTargets {
  /** [N, K, D] or [N, K, 3]: x, y, normalised, and visibility. */
  keypoints: Tensor<ArrayLike<number>>;
}

export type PoseOptions = ReferenceOptions & {
  /** [K]. Default: COCO's for K = 17, else 1/K. */
  sigmas?: readonly number[];
  gains?: { pose?: number; kobj?: number };
};

export interface PoseValueAndGrad {
  /** Sum of the items × B. */
  total: number;
  items: DetectionItems & { pose: number; kobj: number };
  grads: { feats: Float64Array[]; keypoints: Float64Array };
  tradeOffs: Float64Array;
}

export interface ReferencePoseLoss extends PoseValueAndGrad {
  assignment: ReferenceAssignment;
  normalizer: number;
}

/**
 * Standard deviations of human annotators relative to the object's scale: nose, eyes, ears, shoulders,
 * elbows, wrists, hips, knees and ankles. Source: the COCO keypoint evaluation.
 */
const COCO_SIGMAS = [
  0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087,
  0.087, 0.089, 0.089,
];

/**
 * Detection loss and the keypoint losses of its positives.
 *
 * Assignment, scores, normalizer and CIoU's trade-off factor are constants for the gradient.
 */
export function poseLoss(
  predictions: PosePredictions,
  targets: PoseTargets,
  options: PoseOptions,
): ReferencePoseLoss {
  const assignment = assign(predictions.feats, targets, options);
  const normalizer = Math.max(assignment.scoresSum, 1);
  const loss = poseLossOf(predictions, targets, assignment, normalizer, options);
  return { assignment, normalizer, ...loss };
}

/** Differentiable loss for a given assignment. */
export function poseLossOf(
  predictions: PosePredictions,
  targets: PoseTargets,
  assignment: ReferenceAssignment,
  normalizer: number,
  options: PoseOptions,
  frozen?: Frozen,
): PoseValueAndGrad {
  const { feats } = predictions;
  const head = readHead(feats, resolveOptions(options));
  const grouped = prepareTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const detection = lossOf(feats, targets, assignment, normalizer, options, frozen);

  const grad = new Float64Array(predictions.keypoints.data.length);
  const { pose, kobj } = keypoints(
    head,
    grouped,
    assignment,
    {
      predicted: predictions.keypoints,
      truth: targets.keypoints,
      sigmas: options.sigmas ?? defaultSigmas(targets.keypoints.shape[1]),
    },
    {
      pose: (options.gains?.pose ?? 12) * head.batch,
      kobj: (options.gains?.kobj ?? 1) * head.batch,
    },
    grad,
  );
  return {
    total: detection.total + pose + kobj,
    items: { ...detection.items, pose: pose / head.batch, kobj: kobj / head.batch },
    grads: { feats: detection.grads, keypoints: grad },
    tradeOffs: detection.tradeOffs,
  };
}

/** @param count K */
export function defaultSigmas(count: number): readonly number[] {
  return count === COCO_SIGMAS.length ? COCO_SIGMAS : new Array(count).fill(1 / count);
}
