export { createDetectionLoss } from './create-detection-loss.ts';
export { createDualLoss } from './create-dual-loss.ts';
export { createLosses } from './create-losses.ts';
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
export type {
  BceWithLogitsOptions,
  BoxIouKind,
  BoxIouOptions,
  ClassIndices,
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
  DualAssignment,
  DualGrads,
  DualLoss,
  DualLossConfig,
  DualPredictions,
  DualValue,
  DualValueAndGrad,
} from './task-types.ts';
export type {
  Assignment,
  Classification,
  DetectionItems,
  DetectionLoss,
  DetectionLossConfig,
  DetectionTargets,
  DetectionValue,
  DetectionValueAndGrad,
  GradOptions,
  IouKind,
  JoinHeadOptions,
  Layout,
  OutOption,
  SplitHeadOptions,
  TaskValue,
  Tensor,
  TensorData,
} from './types.ts';
