/**
 * Training losses of YOLOv8-style detectors, with exact gradients: one factory per task, the plain losses, and
 * conversion of the concatenated heads of exported models.
 *
 * @module detloss
 */

export type {
  ClassificationItems,
  ClassificationLoss,
  ClassificationLossConfig,
  ClassificationPredictions,
  ClassificationTargets,
  ClassificationValue,
  ClassificationValueAndGrad,
} from './classification-types.ts';
export { createClassificationLoss } from './create-classification-loss.ts';
export { createDepthLoss } from './create-depth-loss.ts';
export { createDetectionLoss } from './create-detection-loss.ts';
export { createDualLoss } from './create-dual-loss.ts';
export { createLosses } from './create-losses.ts';
export { createOrientedLoss } from './create-oriented-loss.ts';
export { createPoseLoss } from './create-pose-loss.ts';
export { createSegmentationLoss } from './create-segmentation-loss.ts';
export { createSemanticLoss } from './create-semantic-loss.ts';
export type {
  DepthGrads,
  DepthItems,
  DepthLoss,
  DepthLossConfig,
  DepthPredictions,
  DepthTargets,
  DepthValue,
  DepthValueAndGrad,
} from './depth-types.ts';
export type {
  DualAssigner,
  DualAssignment,
  DualGradOptions,
  DualGrads,
  DualLoss,
  DualLossConfig,
  DualOptions,
  DualPredictions,
  DualTask,
  DualTasks,
  DualTaskTypes,
  DualValue,
  DualValueAndGrad,
  Heads,
  HeadWeightsOption,
} from './dual-types.ts';
export {
  BackendError,
  ConfigError,
  DetlossError,
  type ErrorCode,
  ShapeError,
  TargetError,
} from './errors.ts';
export { joinHead } from './head/join-head.ts';
export { splitHead } from './head/split-head.ts';
export { type HeadPair, headWeights } from './head-weights.ts';
export { IOU_KINDS, OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from './kinds.ts';
export type {
  BceWithLogitsOptions,
  BoxIouKind,
  BoxIouOptions,
  ClassIndices,
  ClassTargets,
  CrossEntropyOptions,
  DiceOptions,
  FocusOptions,
  HuberOptions,
  Losses,
  LossesConfig,
  MultiMarginOptions,
  PlainLoss,
  PlainLossOptions,
  PlainLossResult,
  QualityFocalOptions,
  Reduction,
  SmoothL1Options,
} from './loss-types.ts';
export type {
  SemanticGrads,
  SemanticItems,
  SemanticLoss,
  SemanticLossConfig,
  SemanticPredictions,
  SemanticTargets,
  SemanticValue,
  SemanticValueAndGrad,
} from './semantic-types.ts';
export type {
  OrientedGains,
  OrientedGrads,
  OrientedItems,
  OrientedLoss,
  OrientedLossConfig,
  OrientedPredictions,
  OrientedTargets,
  OrientedValue,
  OrientedValueAndGrad,
  PoseGains,
  PoseGrads,
  PoseItems,
  PoseLoss,
  PoseLossConfig,
  PosePredictions,
  PoseTargets,
  PoseValue,
  PoseValueAndGrad,
  SegmentationGains,
  SegmentationGrads,
  SegmentationItems,
  SegmentationLoss,
  SegmentationLossConfig,
  SegmentationPredictions,
  SegmentationTargets,
  SegmentationValue,
  SegmentationValueAndGrad,
} from './task-types.ts';
export type {
  Assigner,
  Assignment,
  BinaryClassification,
  Classification,
  DetectionGains,
  DetectionItems,
  DetectionLoss,
  DetectionLossConfig,
  DetectionTargets,
  DetectionValue,
  DetectionValueAndGrad,
  DistanceFrame,
  DistanceLoss,
  FocusedClassification,
  GpuBuffer,
  GpuDevice,
  GradOptions,
  IouKind,
  JoinHeadOptions,
  Layout,
  OutOption,
  OverlapKind,
  Reference,
  Resize,
  SmallTargets,
  SplitHeadOptions,
  TaskValue,
  Tensor,
  TensorData,
} from './types.ts';
