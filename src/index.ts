export { createDetectionLoss } from './create-detection-loss.ts';
export {
  BackendError,
  ConfigError,
  DetlossError,
  type ErrorCode,
  ShapeError,
  TargetError,
} from './errors.ts';
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
  Layout,
  Tensor,
  TensorData,
} from './types.ts';
