import type {
  Assigner,
  AssigningLoss,
  Assignment,
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

/** Predictions of a segmentation head. A: anchors over all levels, in their order. */
export interface SegmentationPredictions<Data extends TensorData = Float32Array> {
  /** As detection's. */
  feats: readonly Tensor<Data>[];
  /** Mask coefficients, [B, M, A] whatever the layout of `feats`. */
  coefficients: Tensor<Data>;
  /** Prototypes, [B, M, h, w]: a mask's logits are Σ over m of coefficient · prototype. */
  prototypes: Tensor<Data>;
}

/** Detection's targets, and their masks. */
export interface SegmentationTargets extends DetectionTargets {
  /**
   * With `overlap` [B, H, W], 1 + the target's index among its image's in the order given, 0 for background. Else
   * [N, H, W], one a target, in the order given; foreground where it is not 0. Of any size: it is resampled.
   */
  masks: Tensor<ArrayLike<number>>;
}

/** Options of {@link createSegmentationLoss}. */
export interface SegmentationLossConfig extends DetectionLossConfig {
  /** One mask of indices an image; else one binary mask a target. Default true. */
  overlap?: boolean | undefined;
}

/** Loss items after gains, as Ultralytics logs them. */
export interface SegmentationItems extends DetectionItems {
  /** The masks', with the gain of the boxes. */
  seg: number;
}

/** What {@link SegmentationLoss.value} gives. */
export type SegmentationValue = TaskValue<SegmentationItems>;

/** Gradients, in the structure of the predictions. */
export interface SegmentationGrads<Data extends TensorData = Float32Array>
  extends SegmentationPredictions<Data> {
  feats: Tensor<Data>[];
}

/** What {@link SegmentationLoss.valueAndGrad} gives. */
export interface SegmentationValueAndGrad<Data extends TensorData = Float32Array>
  extends SegmentationValue {
  /** ∂total/∂predictions. */
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
  /** The loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: SegmentationPredictions<Data>,
    targets: SegmentationTargets,
    options?: OutOption<SegmentationGrads<Data>>,
  ): Promise<SegmentationValueAndGrad<Data>>;
}

/** Predictions of a pose head. */
export interface PosePredictions<Data extends TensorData = Float32Array> {
  /** As detection's. */
  feats: readonly Tensor<Data>[];
  /** Keypoints, [B, K·D, A] whatever the layout of `feats`, one by one: x, y and, where D = 3, a logit of visibility. */
  keypoints: Tensor<Data>;
}

/** Detection's targets, and their keypoints. */
export interface PoseTargets extends DetectionTargets {
  /** Keypoints, [N, K, D]: x and y, normalised to the image; D = 3: visibility, 0 where nothing is labelled. */
  keypoints: Tensor<ArrayLike<number>>;
}

/** Weights of the loss items of poses. */
export interface PoseGains extends DetectionGains {
  /** Of the keypoints' places. Default 12. */
  pose: number;
  /** Of the keypoints' visibility. Default 1. */
  kobj: number;
}

/** Options of {@link createPoseLoss}. */
export interface PoseLossConfig extends Omit<DetectionLossConfig, 'gains'> {
  /** Weights of the loss items. Defaults box 7.5, pose 12, kobj 1, cls 0.5, dfl 1.5. */
  gains?: Optional<PoseGains>;
  /** K, at least 1, and D, 2 or 3. Default [17, 3]. */
  keypointShape?: readonly [count: number, numbers: 2 | 3] | undefined;
  /** Spread of each keypoint, [K], above 0. Default: COCO's for K = 17, else 1/K. */
  sigmas?: ArrayLike<number> | undefined;
}

/** Loss items after gains, as Ultralytics logs them. */
export interface PoseItems extends DetectionItems {
  /** Of the keypoints' places: 1 − object keypoint similarity. */
  pose: number;
  /** Of the visibility; 0 where D = 2. */
  kobj: number;
}

/** What {@link PoseLoss.value} gives. */
export type PoseValue = TaskValue<PoseItems>;

/** Gradients, in the structure of the predictions. */
export interface PoseGrads<Data extends TensorData = Float32Array> extends PosePredictions<Data> {
  feats: Tensor<Data>[];
}

/** What {@link PoseLoss.valueAndGrad} gives. */
export interface PoseValueAndGrad<Data extends TensorData = Float32Array> extends PoseValue {
  /** ∂total/∂predictions. */
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
  /** The loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: PosePredictions<Data>,
    targets: PoseTargets,
    options?: OutOption<PoseGrads<Data>>,
  ): Promise<PoseValueAndGrad<Data>>;
}

/** Predictions of a head for rotated boxes. */
export interface OrientedPredictions<Data extends TensorData = Float32Array> {
  /** As detection's: distances along the rotated axes. */
  feats: readonly Tensor<Data>[];
  /** Angle of each anchor's box, [B, 1, A], radians. */
  angles: Tensor<Data>;
}

/** As detection's, but `bboxes` are [N, 5] flat: xywh, normalised, and angle in radians. */
export type OrientedTargets = DetectionTargets;

/** Options of {@link createOrientedLoss}: detection's, but `iou`. */
export type OrientedLossConfig = Omit<DetectionLossConfig, 'iou'>;

/** `assignment.target` counts the image's targets of at least 2 px a side; the others are unassigned. */
export type OrientedValue = TaskValue<DetectionItems>;

/** Gradients, in the structure of the predictions. */
export interface OrientedGrads<Data extends TensorData = Float32Array>
  extends OrientedPredictions<Data> {
  feats: Tensor<Data>[];
}

/** What {@link OrientedLoss.valueAndGrad} gives. */
export interface OrientedValueAndGrad<Data extends TensorData = Float32Array>
  extends OrientedValue {
  /** ∂total/∂predictions. */
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
  /** The loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: OrientedPredictions<Data>,
    targets: OrientedTargets,
    options?: OutOption<OrientedGrads<Data>>,
  ): Promise<OrientedValueAndGrad<Data>>;
}

/** Raw outputs of both heads of an end-to-end detector, each as detection's. */
export interface DualPredictions<Data extends TensorData = Float32Array> {
  /** Of the head that learns many anchors a target. */
  oneToMany: readonly Tensor<Data>[];
  /** Of the head that learns one. */
  oneToOne: readonly Tensor<Data>[];
}

/** How anchors are assigned, by two heads. */
export interface DualAssigner extends Omit<Assigner, 'topk'> {
  /** Anchors that each target chooses at most, one-to-many and one-to-one. Default [10, 1]. */
  topk: readonly [oneToMany: number, oneToOne: number];
}

/** Options of {@link createDualLoss}. */
export interface DualLossConfig extends Omit<DetectionLossConfig, 'assigner'> {
  /** As detection's, with a topk for each head: one-to-many, one-to-one. Defaults [10, 1], 0.5, 6. */
  assigner?: Optional<DualAssigner>;
}

/** Which anchors of each head learn which targets. */
export interface DualAssignment {
  /** Of the head that learns many anchors a target. */
  oneToMany: Assignment;
  /** Of the head that learns one. */
  oneToOne: Assignment;
}

/** `items` are sums of both heads'. */
export type DualValue = TaskValue<DetectionItems, DualAssignment>;

/** Gradients, in the structure of the predictions. */
export interface DualGrads<Data extends TensorData = Float32Array> {
  /** Of the head that learns many anchors a target. */
  oneToMany: Tensor<Data>[];
  /** Of the head that learns one. */
  oneToOne: Tensor<Data>[];
}

/** What {@link DualLoss.valueAndGrad} gives. */
export interface DualValueAndGrad<Data extends TensorData = Float32Array> extends DualValue {
  /** ∂total/∂predictions. */
  grads: DualGrads<Data>;
}

/** A criterion for end-to-end detectors: see {@link createDualLoss}. */
export interface DualLoss
  extends TaskLoss<
      DualPredictions<TensorData>,
      DualPredictions,
      DetectionTargets,
      DualValue,
      DualValueAndGrad
    >,
    AssigningLoss<DualPredictions<TensorData>, DualPredictions, DetectionTargets, DualAssignment> {
  /** The loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: DualPredictions<Data>,
    targets: DetectionTargets,
    options?: OutOption<DualGrads<Data>>,
  ): Promise<DualValueAndGrad<Data>>;
}

/** Predictions of a classifier. */
export interface ClassificationPredictions<Data extends TensorData = Float32Array> {
  /** Logits, [B, C]. */
  logits: Tensor<Data>;
}

/** Targets of a classifier. */
export interface ClassificationTargets {
  /** Class of each image, [B], an integer in [0, C). */
  cls: ArrayLike<number>;
}

/** Options of {@link createClassificationLoss}. */
export interface ClassificationLossConfig
  extends Pick<
    DetectionLossConfig,
    'numClasses' | 'backend' | 'device' | 'threads' | 'wasm' | 'worker' | 'checkFinite'
  > {
  /** Share of the target that is spread evenly over all classes, 0 to 1. Default 0. */
  labelSmoothing?: number | undefined;
}

/** Loss items of a classifier. */
export interface ClassificationItems {
  /** Softmax cross-entropy, a mean over the batch. */
  loss: number;
}

/** What {@link ClassificationLoss.value} gives. */
export interface ClassificationValue {
  /** The item itself, a mean over the batch. */
  total: number;
  /** The loss, by name. */
  items: ClassificationItems;
}

/** What {@link ClassificationLoss.valueAndGrad} gives. */
export interface ClassificationValueAndGrad<Data extends TensorData = Float32Array>
  extends ClassificationValue {
  /** ∂total/∂predictions. */
  grads: ClassificationPredictions<Data>;
}

/** A classification criterion: see {@link createClassificationLoss}. */
export interface ClassificationLoss
  extends TaskLoss<
    ClassificationPredictions<TensorData>,
    ClassificationPredictions,
    ClassificationTargets,
    ClassificationValue,
    ClassificationValueAndGrad
  > {
  /** The loss and ∂total/∂logits. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: ClassificationPredictions<Data>,
    targets: ClassificationTargets,
    options?: OutOption<ClassificationPredictions<Data>>,
  ): Promise<ClassificationValueAndGrad<Data>>;
}
