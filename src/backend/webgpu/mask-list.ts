import { type Crop, groupByTarget, nearest } from '../assign/mask-groups.ts';
import { pixelsOfLoss } from '../assign/mask-size.ts';
import { type Positives, positivesByImage } from '../assign/positives.ts';
import type { Dense, GroupedTargets } from '../inputs.ts';
import type { MaskInputs, MaskTargets } from '../task-inputs.ts';
import { type MaskPositive, maskPositiveStruct } from './generated/criteria.ts';
import type { HeadContext } from './head-context.ts';
import type { Group } from './image-groups.ts';

/** The positives that have pixels, by image and target. */
export interface MaskList {
  /** [P] */
  images: Int32Array;
  anchors: Int32Array;
  /** {@link MaskPositive} of each, whose image counts from the first of its group. */
  words: Uint32Array<ArrayBuffer>;
  /** Masks of the targets' crops, one bit per pixel, row-major; each begins at a word. */
  bits: Uint32Array<ArrayBuffer>;
  /** Positives of each group of images. */
  ranges: { first: number; count: number }[];
}

export function listMasks(
  head: HeadContext,
  positives: Positives,
  given: MaskInputs<Dense>,
  groups: readonly Group[],
): MaskList {
  const { truth } = given;
  const [, channels] = given.prototypes.shape;
  const { height, width } = pixelsOfLoss(given);
  const size = { channels, height, width };
  const byImage = positivesByImage(positives, head.predictions.batch);
  const [images, anchors, bits]: number[][] = [[], [], []];
  const list: MaskPositive[] = [];
  const ranges = groups.map((group) => {
    const { firstImage } = group;
    const first = anchors.length;
    for (const own of byImage.slice(firstImage, firstImage + group.images)) {
      const { image } = own;
      for (const { target, anchors: few, crop, weight } of groupByTarget(head, own, size)) {
        const { left, top, right, bottom } = crop;
        const mask = 32 * bits.length;
        pack(maskOf(truth, head.targets, image, target), crop, size, bits);
        for (const anchor of few) {
          images.push(image);
          anchors.push(anchor);
          list.push({ image: image - firstImage, left, top, right, bottom, mask, weight });
        }
      }
    }
    return { first, count: anchors.length - first };
  });
  return {
    images: Int32Array.from(images),
    anchors: Int32Array.from(anchors),
    // No binding is smaller than one element of its array
    words:
      list.length > 0
        ? maskPositiveStruct.arrayOf(list)
        : new Uint32Array(maskPositiveStruct.words),
    bits: Uint32Array.from(bits),
    ranges,
  };
}

/** One target's mask, in a plane of height × width pixels. */
interface Mask {
  height: number;
  width: number;
  isInside(pixel: number): boolean;
}

function maskOf(
  { masks: { data, shape }, overlap }: MaskTargets,
  { offsets, source }: GroupedTargets,
  image: number,
  target: number,
): Mask {
  const [, height, width] = shape;
  const first = height * width * (overlap ? image : source[offsets[image] + target]);
  return {
    height,
    width,
    isInside: (pixel) => (overlap ? data[first + pixel] === target + 1 : data[first + pixel] !== 0),
  };
}

/** Appends a crop of a mask that is resized by nearest neighbour. */
function pack(
  mask: Mask,
  { left, top, right, bottom }: Crop,
  { height, width }: { height: number; width: number },
  bits: number[],
): void {
  const columns = nearest(mask.width, width);
  const rows = nearest(mask.height, height);
  let [word, used] = [0, 0];
  for (let y = top; y < bottom; y++) {
    const row = rows[y] * mask.width;
    for (let x = left; x < right; x++) {
      if (mask.isInside(row + columns[x])) word |= 1 << used;
      if (++used < 32) continue;
      bits.push(word >>> 0);
      [word, used] = [0, 0];
    }
  }
  if (used > 0) bits.push(word >>> 0);
}
