export { bceWithLogits, weightedBceWithLogits } from './bce-with-logits';
export { boxIou, rotatedIou } from './box-iou';
export { crossEntropy } from './cross-entropy';
export { diceSlopes, diceSums } from './dice';
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

/** First byte that no constant occupies: the arena begins here. */
export function arenaBase(): usize {
  return __heap_base;
}
