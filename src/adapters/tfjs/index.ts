/**
 * Criteria as loss functions of TensorFlow.js tensors.
 *
 * @module detloss/tfjs
 */
export type { AnyCriterion, CallOptionsOf, TargetsOf, ValueOf } from '../any-criterion.ts';
export type { Tree } from '../tree.ts';
export { adaptCriterion } from './adapt-criterion.ts';
export type {
  Model,
  TensorFlow,
  TfGrads,
  TfLoss,
  TfSymbolicTensor,
  TfTensor,
  TfValueAndGradOptions,
} from './types.ts';
