import type { DistanceFrame } from './oriented-defaults.ts';
import type { Resize } from './segmentation-defaults.ts';
import type {
  Assigner,
  AssigningLoss,
  DetectionGains,
  DetectionItems,
  DetectionLossConfig,
  DetectionTargets,
  Optional,
  OutOption,
  TaskLoss,
  TaskValue,
  Tensor,
  TensorData,
} from './types.ts';

/** Predictions of a segmentation head. A is the number of anchors over all levels, which count level by level. */
export interface SegmentationPredictions<Data extends TensorData = Float32Array> {
  /** Detection outputs, one tensor per level: [B, 4·R + C, H, W] or [B, H, W, 4·R + C]. */
  feats: readonly Tensor<Data>[];
  /** Mask coefficients, [B, M, A] for either layout of `feats`. */
  coefficients: Tensor<Data>;
  /** Prototypes, [B, M, h, w]. The logits of a mask are the sum over m of coefficient · prototype. */
  prototypes: Tensor<Data>;
  /** Logits of the pixels' classes, [B, C, h, w] of any size, which YOLO26 has in training. Without them `sem` is 0. */
  semantic?: Tensor<Data> | undefined;
}

/** Detection targets with a mask each. */
export interface SegmentationTargets extends DetectionTargets {
  /**
   * Masks of any size; `resize` says what follows if it is not the prototypes'. With `overlap`: [B, H, W], 1 + the target's index among the
   * image's targets, 0 for background. Without: [N, H, W], one mask per target, in which foreground is not 0.
   */
  masks: Tensor<ArrayLike<number>>;
  /**
   * Class of each pixel of the masks, [B, H, W], which predictions with `semantic` need. Pixels that no mask covers are
   * background, whatever their value.
   */
  semantic?: Tensor<ArrayLike<number>> | undefined;
}

/** Weights of the segmentation loss items. */
export interface SegmentationGains extends DetectionGains {
  /** Weight of the mask loss and of the loss of semantic logits. Default: that of the box loss. */
  seg: number;
}

/** Options of {@link createSegmentationLoss}. */
export interface SegmentationLossConfig extends Omit<DetectionLossConfig, 'gains'> {
  /** Weights of the loss items. Defaults box 7.5, seg that of box, cls 0.5, dfl 1.5. */
  gains?: Optional<SegmentationGains>;
  /** Whether there is one mask of target indices per image; false: one binary mask per target. Default true. */
  overlap?: boolean | undefined;
  /**
   * Tensor that is resized if masks and prototypes differ in size: prototypes bilinearly, or masks by nearest neighbour.
   * Default 'prototypes'; with `reference: '8.3'` 'masks'.
   */
  resize?: Resize | undefined;
}

/** Loss items after gains, as Ultralytics logs them. */
export interface SegmentationItems extends DetectionItems {
  /** Mask loss of the positives, a mean over them. */
  seg: number;
  /** Half of the mean BCE and half of the mean Dice loss of the semantic logits; 0 without them or without a positive. */
  sem: number;
}

/** Result of {@link SegmentationLoss.value}. */
export type SegmentationValue = TaskValue<SegmentationItems>;

/** Gradients in the structure of the predictions. */
export interface SegmentationGrads<Data extends TensorData = Float32Array>
  extends SegmentationPredictions<Data> {
  feats: Tensor<Data>[];
}

/** Result of {@link SegmentationLoss.valueAndGrad}. */
export interface SegmentationValueAndGrad<Data extends TensorData = Float32Array>
  extends SegmentationValue {
  /** ∂total/∂predictions, in their structure and shapes. */
  grads: SegmentationGrads<Data>;
}

/** A segmentation criterion: see {@link createSegmentationLoss}. */
export interface SegmentationLoss
  extends TaskLoss<
      SegmentationPredictions<TensorData>,
      SegmentationPredictions,
      SegmentationTargets,
      SegmentationValue,
      SegmentationValueAndGrad
    >,
    AssigningLoss<
      SegmentationPredictions<TensorData>,
      SegmentationPredictions,
      SegmentationTargets
    > {
  /** Computes the loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: SegmentationPredictions<Data>,
    targets: SegmentationTargets,
    options?: OutOption<SegmentationGrads<Data>>,
  ): Promise<SegmentationValueAndGrad<Data>>;
}

/** Predictions of a pose head. */
export interface PosePredictions<Data extends TensorData = Float32Array> {
  /** Detection outputs, one tensor per level: [B, 4·R + C, H, W] or [B, H, W, 4·R + C]. */
  feats: readonly Tensor<Data>[];
  /** Keypoints, [B, K·D, A] for either layout of `feats`: x, y and, if D = 3, a visibility logit for each keypoint. */
  keypoints: Tensor<Data>;
  /**
   * Logits of the deviations of x and y, [B, 2K, A], keypoint by keypoint; read if `head` is '26'. Without them or without
   * `flow` there is no likelihood, as in validation.
   */
  sigmas?: Tensor<Data> | undefined;
  /**
   * Weights of the RealNVP flow of the keypoints' errors, 72 tensors, read if `head` is '26': for the scales, coupling 0 to 5, then
   * for the shifts, weight [out, in] and bias of three layers 2 → H → H → 2, H being 64 in YOLO26.
   */
  flow?: readonly Tensor<Data>[] | undefined;
}

/** Detection targets with keypoints. */
export interface PoseTargets extends DetectionTargets {
  /**
   * Keypoints, [N, K, 3]: x and y normalised by the image size, and visibility, 0 for unlabelled ones. If D = 2, also
   * [N, K, 2], all visible.
   */
  keypoints: Tensor<ArrayLike<number>>;
}

/** Weights of the pose loss items. */
export interface PoseGains extends DetectionGains {
  /** Weight of the keypoint location loss. Default 12. */
  pose: number;
  /** Weight of the keypoint visibility loss. Default 1. */
  kobj: number;
  /** Weight of the keypoints' likelihood, which needs head '26'. Default 1. */
  rle: number;
}

/** Options of {@link createPoseLoss}. */
export interface PoseLossConfig extends Omit<DetectionLossConfig, 'gains'> {
  /** Weights of the loss items. Defaults box 7.5, pose 12, kobj 1, cls 0.5, dfl 1.5, rle 1. */
  gains?: Optional<PoseGains>;
  /**
   * Kind of the head: x and y of keypoints decode to 2·value + anchor − 0.5 ('v8', of YOLOv8 and YOLO11) or to value + anchor
   * ('26', of YOLO26), in grid units, the anchor being the cell's centre. Default 'v8'.
   */
  head?: 'v8' | '26' | undefined;
  /** Number of keypoints K, at least 1, and numbers per keypoint D, 2 or 3. Default [17, 3]. */
  keypointShape?: readonly [count: number, numbers: 2 | 3] | undefined;
  /** Spread of each keypoint in object keypoint similarity, [K], above 0. Default: COCO's for K = 17, else 1/K. */
  sigmas?: ArrayLike<number> | undefined;
}

/** Loss items after gains, as Ultralytics logs them. */
export interface PoseItems extends DetectionItems {
  /** Keypoint location loss: 1 − object keypoint similarity, a mean over the positives' keypoints. */
  pose: number;
  /** Binary cross-entropy of the visibility logits, a mean over the positives' keypoints; 0 if D = 2. */
  kobj: number;
  /** Residual log-likelihood of the positives' visible keypoints, a mean, at least 0; 0 without sigmas or flow. */
  rle: number;
}

/** Result of {@link PoseLoss.value}. */
export type PoseValue = TaskValue<PoseItems>;

/** Gradients in the structure of the predictions. */
export interface PoseGrads<Data extends TensorData = Float32Array> extends PosePredictions<Data> {
  feats: Tensor<Data>[];
  flow?: Tensor<Data>[] | undefined;
}

/** Result of {@link PoseLoss.valueAndGrad}. */
export interface PoseValueAndGrad<Data extends TensorData = Float32Array> extends PoseValue {
  /** ∂total/∂predictions, in their structure and shapes. */
  grads: PoseGrads<Data>;
}

/** A pose criterion: see {@link createPoseLoss}. */
export interface PoseLoss
  extends TaskLoss<
      PosePredictions<TensorData>,
      PosePredictions,
      PoseTargets,
      PoseValue,
      PoseValueAndGrad
    >,
    AssigningLoss<PosePredictions<TensorData>, PosePredictions, PoseTargets> {
  /** Computes the loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: PosePredictions<Data>,
    targets: PoseTargets,
    options?: OutOption<PoseGrads<Data>>,
  ): Promise<PoseValueAndGrad<Data>>;
}

/** Predictions of a head for rotated boxes. */
export interface OrientedPredictions<Data extends TensorData = Float32Array> {
  /** Detection outputs, one tensor per level; the distances are along the axes of the rotated box. */
  feats: readonly Tensor<Data>[];
  /** Angle of each anchor's box in radians, [B, 1, A]. */
  angles: Tensor<Data>;
}

/** Detection targets whose `bboxes` are [N, 5] flat: normalised xywh and angle in radians. */
export type OrientedTargets = DetectionTargets;

/** Weights of the loss items of rotated boxes. */
export interface OrientedGains extends DetectionGains {
  /** Weight of the angle loss. Default 1; with reference '8.3' 0. */
  angle: number;
}

/** Options of {@link createOrientedLoss}. Box loss and assignment always use ProbIoU (arXiv:2106.06072). */
export interface OrientedLossConfig
  extends Omit<DetectionLossConfig, 'iou' | 'assigner' | 'gains'> {
  /** Task-aligned assignment. Defaults topk 10, alpha 0.5, beta 6. */
  assigner?: Optional<Omit<Assigner, 'overlap'>>;
  /** Weights of the loss items. Defaults box 7.5, cls 0.5, dfl 1.5, angle 1; with reference '8.3' angle 0. */
  gains?: Optional<OrientedGains>;
  /**
   * Frame of the true distances that the distance loss compares: the target's own, or 'upright', as if the target were
   * not rotated. Default 'rotated'; with reference '8.3' 'upright'.
   */
  distances?: DistanceFrame | undefined;
  /** Number that the box loss adds to the variances of ProbIoU, in squared grid units. Default 0.01; with reference '8.3' 0. */
  covarianceFloor?: number | undefined;
  /** Length in pixels of the shortest side that a target may have; others are ignored. Default 2. */
  smallestSide?: number | undefined;
}

/** Loss items of rotated boxes after gains, divided by the normalizer. */
export interface OrientedItems extends DetectionItems {
  /** Angle loss of the positives, each weighted by its score: e^(−ln²(w/h)/9) · sin²(2Δ), w and h of the target. */
  angle: number;
}

/**
 * Result of {@link OrientedLoss.value}. `assignment.target` skips targets with a side below `smallestSide`: they are
 * unassigned.
 */
export type OrientedValue = TaskValue<OrientedItems>;

/** Gradients in the structure of the predictions. */
export interface OrientedGrads<Data extends TensorData = Float32Array>
  extends OrientedPredictions<Data> {
  feats: Tensor<Data>[];
}

/** Result of {@link OrientedLoss.valueAndGrad}. */
export interface OrientedValueAndGrad<Data extends TensorData = Float32Array>
  extends OrientedValue {
  /** ∂total/∂predictions, in their structure and shapes. */
  grads: OrientedGrads<Data>;
}

/** A criterion for rotated boxes: see {@link createOrientedLoss}. */
export interface OrientedLoss
  extends TaskLoss<
      OrientedPredictions<TensorData>,
      OrientedPredictions,
      OrientedTargets,
      OrientedValue,
      OrientedValueAndGrad
    >,
    AssigningLoss<OrientedPredictions<TensorData>, OrientedPredictions, OrientedTargets> {
  /** Computes the loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: OrientedPredictions<Data>,
    targets: OrientedTargets,
    options?: OutOption<OrientedGrads<Data>>,
  ): Promise<OrientedValueAndGrad<Data>>;
}
