import type { Tensor } from '../types.ts';
import { bceWithLogits } from './losses/bce-with-logits.ts';
import { dice } from './losses/dice.ts';
import type { MaskTargets } from './mask-targets.ts';
import type { ImageTarget } from './targets.ts';
import type { Term } from './term.ts';

/** Classes of pixels, and the masks that say where there is an instance. */
export interface SemanticTruth extends MaskTargets {
  /** [B, H, W], class of each pixel, in the masks' size; pixels of no instance are background, whatever it says. */
  semantic: Tensor<ArrayLike<number>>;
}

/**
 * Semantic loss beside the masks: half of the mean BCE and half of the mean Dice loss of each image and class.
 *
 * The truth is one-hot, and all 0 in the background. It is resized to the logits by nearest neighbour:
 * source = floor(i · in / out), in integers.
 *
 * @param logits [B, C, h, w]
 * @param targets [B] lists
 * @returns grad with respect to the logits, flat
 */
export function semanticTerm(
  { data, shape }: Tensor<ArrayLike<number>>,
  targets: readonly ImageTarget[][],
  truth: SemanticTruth,
): Term<Float64Array> {
  const [batch, classes, height, width] = shape;
  const classAt = pixelClasses(truth, targets);
  const [, maskHeight, maskWidth] = truth.semantic.shape;
  const target = Float64Array.from({ length: data.length }, (_, i) => {
    const column = i % width;
    const row = Math.floor(i / width) % height;
    const c = Math.floor(i / (width * height)) % classes;
    const image = Math.floor(i / (width * height * classes));
    const y = Math.floor((row * maskHeight) / height);
    const x = Math.floor((column * maskWidth) / width);
    return Number(classAt(image, y * maskWidth + x) === c);
  });

  const planes = [batch * classes, height * width];
  const [z, y] = [data, target].map((values) => ({ data: values, shape: planes }));
  const [bce, overlap] = [bceWithLogits(z, y), dice(z, y)];
  return {
    value: ((bce.value as number) + (overlap.value as number)) / 2,
    grad: bce.grad.data.map((slope, i) => (slope + overlap.grad.data[i]) / 2),
  };
}

/** Class of a pixel of the masks, −1 in the background. */
function pixelClasses(
  { masks, overlap, semantic }: SemanticTruth,
  targets: readonly ImageTarget[][],
): (image: number, pixel: number) => number {
  const pixels = semantic.shape[1] * semantic.shape[2];
  return (image, pixel) => {
    const planes = overlap
      ? targets[image].slice(0, 1).map(() => image)
      : targets[image].map(({ source }) => source);
    const covered = planes.some((plane) => masks.data[plane * pixels + pixel] !== 0);
    return covered ? semantic.data[image * pixels + pixel] : -1;
  };
}
