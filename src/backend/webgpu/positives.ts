import { type Positives, runsByLevel } from '../assign/positives.ts';
import { DEVICE_GEOMETRIES, type Positive, type PositiveBox } from './geometry.ts';
import type { HeadContext } from './head-context.ts';
import type { Group } from './image-groups.ts';

/** A group's positives, level by level. */
export interface PositiveList {
  /** Records of the geometry's struct. */
  words: Uint32Array<ArrayBuffer>;
  levels: { first: number; count: number }[];
}

/** @param gradients f32 [P], by each positive's logit of its target's class, of the whole batch */
export function listPositives(
  { predictions, targets, sides, boxLoss }: HeadContext,
  positives: Positives,
  gradients: Float32Array,
  { firstImage, images: count }: Group,
): PositiveList {
  const { levels, regMax } = predictions;
  const geometry = DEVICE_GEOMETRIES[predictions.geometry.name];
  const { images, anchors, weights } = positives;
  const byLevel: Positive[][] = levels.map(() => []);
  let start = lowerBound(images, firstImage);
  while (start < images.length && images[start] < firstImage + count) {
    const image = images[start];
    const end = lowerBound(images, image + 1);
    for (const run of runsByLevel(levels, anchors.subarray(start, end))) {
      const { firstAnchor, width, stride } = run.level;
      for (let i = start + run.start; i < start + run.end; i++) {
        const cell = anchors[i] - firstAnchor;
        const x = (cell % width) + 0.5;
        const y = Math.floor(cell / width) + 0.5;
        const row = targets.offsets[image] + positives.targets[i];
        const [left, top, right, bottom] = sides.subarray(4 * row, 4 * row + 4);
        const own: PositiveBox = {
          image: image - firstImage,
          cell,
          channel: 4 * regMax + targets.cls[row],
          score: weights[i],
          classSlope: gradients[i],
          left: x - left / stride,
          top: y - top / stride,
          right: right / stride - x,
          bottom: bottom / stride - y,
        };
        const { distances } = boxLoss;
        byLevel[run.index].push(geometry.positiveOf(own, targets.angles[row], distances, i));
      }
    }
    start = end;
  }
  let first = 0;
  const ranges = byLevel.map(({ length }) => {
    const range = { first, count: length };
    first += length;
    return range;
  });
  return { words: geometry.positive.arrayOf(byLevel.flat()), levels: ranges };
}

/** First position of ascending values that holds at least `least`. */
function lowerBound(values: Int32Array, least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
