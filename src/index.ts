export { createDetectionLoss } from './create-detection-loss.ts';
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
  SplitHeadOptions,
  Tensor,
  TensorData,
} from './types.ts';
