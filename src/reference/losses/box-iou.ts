import type { BoxIouKind } from '../../loss-types.ts';
import { type Box, boxSimilarity } from '../iou.ts';
import { probIou, type RotatedBox } from '../probiou.ts';
import { alongAxis } from './along-axis.ts';
import { type Loss, type LossOptions, reduce, type Values } from './reduce.ts';

export interface BoxIouOptions extends LossOptions {
  /** Default 'iou'. */
  kind?: BoxIouKind;
}

/**
 * 1 − similarity of box pairs; `boxSimilarity` and `probIou` define the similarities.
 *
 * @param input predicted boxes [N, 4], xyxy; probiou: [N, 5], xywh and angle in radians
 * @param target the input's shape and units; constant for the gradient, as is CIoU's α
 * @returns with 'none' [N]
 */
export function boxIou(
  input: Values,
  target: Values,
  { kind = 'iou', reduction }: BoxIouOptions = {},
): Loss {
  const numbers = input.shape[input.shape.length - 1];
  const similarity = (pred: number[], row: number) => {
    const truth = Array.from({ length: numbers }, (_, i) => target.data[row * numbers + i]);
    return kind === 'probiou'
      ? probIou(pred as RotatedBox, truth as RotatedBox)
      : boxSimilarity(kind, pred as Box, truth as Box);
  };
  const unreduced = alongAxis(input, input.shape.length - 1, (pred, row) => {
    const { value, grad } = similarity(pred, row);
    return { value: 1 - value, grad: grad.map((derivative) => -derivative) };
  });
  return reduce(unreduced, reduction);
}
