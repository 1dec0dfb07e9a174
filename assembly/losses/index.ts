export { bceWithLogits } from './bce-with-logits';
export { BOX_IOU_SCRATCH_BYTES, boxIou } from './box-iou';
export { CROSS_ENTROPY_CLASS_BYTES, crossEntropy } from './cross-entropy';
export { diceGrad, diceSums } from './dice';
export { ELEMENTWISE_SCRATCH_BYTES } from './each-pair';
export { focal } from './focal';
export { hinge } from './hinge';
export { huber } from './huber';
export { klDiv } from './kl-div';
export { l1 } from './l1';
export { logLoss } from './log-loss';
export { mse } from './mse';
export { multiMargin } from './multi-margin';
export { qualityFocal } from './quality-focal';
export { squaredHinge } from './squared-hinge';
export { varifocal } from './varifocal';

/** First byte behind the constants: the arena begins here. */
export function arenaBase(): usize {
  return __heap_base;
}
