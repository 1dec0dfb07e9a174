export { detectionLoss } from './detection-loss.ts';
export type { Model, TensorFlow, TfLoss, TfTensor, TfValueAndGradsOptions } from './types.ts';
