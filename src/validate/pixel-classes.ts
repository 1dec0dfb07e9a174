import { nearest } from '../backend/assign/mask-groups.ts';
import type { GroupedTargets } from '../backend/inputs.ts';
import type { MaskTargets } from '../backend/task-inputs.ts';
import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { readTargetTensor } from './target-tensor.ts';

/**
 * Reads the classes of the masks' pixels, and resizes them by nearest neighbour.
 *
 * @param semantic targets.semantic, [B, H, W] in the masks' size
 * @param size height and width of the semantic logits
 * @returns [B, h, w]; −1 in the background, which no mask covers
 * @throws {ShapeError}
 * @throws {TargetError} TARGET_TYPE; TARGET_CLASS: a pixel that a mask covers has no class
 */
export function validatePixelClasses(
  action: string,
  semantic: unknown,
  targets: GroupedTargets,
  truth: MaskTargets,
  numClasses: number,
  [height, width]: readonly [height: number, width: number],
): Int32Array {
  const name = `${action}: targets.semantic`;
  const batch = targets.offsets.length - 1;
  const [, maskHeight, maskWidth] = truth.masks.shape;
  const { data } = readTargetTensor(name, semantic, [
    ['B', batch],
    ['H', maskHeight],
    ['W', maskWidth],
  ]);
  const rows = nearest(maskHeight, height);
  const columns = nearest(maskWidth, width);
  const size = maskHeight * maskWidth;
  const classes = new Int32Array(batch * height * width);
  let to = 0;
  for (let b = 0; b < batch; b++) {
    const isCovered = coverOf(truth, targets, b);
    for (let i = 0; i < size; i++) {
      const value = data[b * size + i];
      // NaN and fractions are never equal to their integer part
      const isClass = (value | 0) === value && value >= 0 && value < numClasses;
      if (isClass || !isCovered[i]) continue;
      throw new TargetError(
        'TARGET_CLASS',
        `${name}.data[${b * size + i}] needs an integer from 0 to ${numClasses - 1}, as a mask covers the pixel, got ${describe(value)}`,
      );
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = rows[y] * maskWidth + columns[x];
        classes[to++] = isCovered[i] ? data[b * size + i] : -1;
      }
    }
  }
  return classes;
}

/** [H · W], 1 where one of an image's masks covers a pixel. */
function coverOf(
  { masks: { data, shape }, overlap }: MaskTargets,
  { offsets, source }: GroupedTargets,
  image: number,
): Uint8Array {
  const size = shape[1] * shape[2];
  const cover = new Uint8Array(size);
  const planes = overlap ? [image] : source.subarray(offsets[image], offsets[image + 1]);
  for (const plane of planes) {
    for (let i = 0; i < size; i++) if (data[plane * size + i] !== 0) cover[i] = 1;
  }
  return cover;
}
