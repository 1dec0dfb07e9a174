/**
 * Criteria as loss functions of TensorFlow.js tensors.
 *
 * @module detloss/tfjs
 */
export type { AnyCriterion, TargetsOf, ValueOf } from '../any-criterion.ts';
export type { Tree } from '../tree.ts';
export { detectionLoss } from './detection-loss.ts';
export type { Model, TensorFlow, TfLoss, TfTensor, TfValueAndGradsOptions } from './types.ts';
