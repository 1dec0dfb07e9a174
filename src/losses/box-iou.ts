import { describe } from '../describe.ts';
import { ShapeError, TargetError } from '../errors.ts';
import { IOU_KINDS } from '../kinds.ts';
import { sizeOf } from '../validate/shape.ts';
import { readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** 1 − similarity of box pairs [N, 4], xyxy; of kind 'probiou' [N, 5], xywh and angle in radians. */
export const boxIou: LossModule = {
  options: ['kind'],
  plan(call) {
    const { action, input, options } = call;
    const kind = options.oneOf('kind', IOU_KINDS, 'iou');
    const shape = input.shape.slice(0, -1);
    const numbers = kind === 'probiou' ? 5 : 4;
    const format = kind === 'probiou' ? 'xywh and angle' : 'xyxy';
    if (input.shape[shape.length] !== numbers) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${action}: input needs the shape […, ${numbers}] (${format}, kind '${kind}'), got [${input.shape}]`,
      );
    }
    const target = readTarget(call);
    // Boxes on a device are not checked: reading them back would cost a wait
    if (target instanceof Float32Array) checkBoxes(action, target, numbers, format);
    const count = sizeOf(shape);
    return {
      shape,
      divisor: count,
      target: { data: target, shape: input.shape },
      run: (backend, tensors) => backend.boxIou(tensors, { kind, count, target }),
    };
  },
};

function checkBoxes(action: string, boxes: Float32Array, numbers: number, format: string): void {
  for (let i = 0; i < boxes.length; i += numbers) {
    const [width, height] =
      numbers === 5
        ? [boxes[i + 2], boxes[i + 3]]
        : [boxes[i + 2] - boxes[i], boxes[i + 3] - boxes[i + 1]];
    const box = boxes.subarray(i, i + numbers);
    if (width >= 0 && height >= 0 && box.every(Number.isFinite)) continue;
    throw new TargetError(
      'TARGET_BOX',
      `${action}: target needs finite boxes (${format}) of no negative size, got ${describe([...box])} for box ${i / numbers}`,
    );
  }
}
