import type { Assignment } from '../../types.ts';
import type { Dense, GroupedTargets, Predictions } from '../backend.ts';
import type { MaskTargets } from '../task-inputs.ts';
import { type Crop, groupByTarget } from '../wasm/mask-groups.ts';
import { nearest } from '../wasm/mask-targets.ts';
import { positivesByImage } from '../wasm/positives.ts';
import type { Group } from './groups.ts';
import { bitsOf } from './recorder.ts';

/** Words of a positive, as gpu/lib/mask.wgsl reads them. */
const POSITIVE_WORDS = 7;

/** The positives that have pixels, by image and target, as gpu/lib/mask.wgsl reads them. */
export interface MaskList {
  /** [P] */
  image: Int32Array;
  anchor: Int32Array;
  /** Images count from a group's first. */
  words: Uint32Array<ArrayBuffer>;
  /** Masks of the targets' crops, a bit a pixel, row-major; each from a word on. */
  bits: Uint32Array<ArrayBuffer>;
  /** Of each group of images. */
  ranges: { first: number; count: number }[];
}

export function listMasks(
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  assignment: Assignment,
  truth: MaskTargets,
  [, channels, height, width]: readonly number[],
  groups: readonly Group[],
): MaskList {
  const positives = positivesByImage(assignment, predictions.batch);
  const [image, anchor, words, bits]: number[][] = [[], [], [], []];
  const ranges = groups.map(({ firstImage, images }) => {
    const first = anchor.length;
    for (let b = firstImage; b < firstImage + images; b++) {
      // It looks at no level's data.
      const geometry = predictions as Predictions;
      const byTarget = groupByTarget(geometry, targets, positives[b], channels, height, width);
      for (const { owner, anchors, crop, weight } of byTarget) {
        const { left, top, right, bottom } = crop;
        const mask = 32 * bits.length;
        pack(truth, targets, b, owner, crop, height, width, bits);
        for (const own of anchors) {
          image.push(b);
          anchor.push(own);
          words.push(b - firstImage, left, top, right, bottom, mask, bitsOf(weight));
        }
      }
    }
    return { first, count: anchor.length - first };
  });
  // No binding is smaller than what its shader reads at least.
  if (words.length === 0) words.push(...new Array(POSITIVE_WORDS).fill(0));
  return {
    image: Int32Array.from(image),
    anchor: Int32Array.from(anchor),
    words: Uint32Array.from(words),
    bits: Uint32Array.from(bits),
    ranges,
  };
}

/** Appends a crop of a target's mask. */
function pack(
  { masks: { data, shape }, overlap }: MaskTargets,
  { offsets, source }: GroupedTargets,
  image: number,
  owner: number,
  { left, top, right, bottom }: Crop,
  height: number,
  width: number,
  bits: number[],
): void {
  const [, maskHeight, maskWidth] = shape;
  const columns = nearest(maskWidth, width);
  const rows = nearest(maskHeight, height);
  const plane = overlap ? image : source[offsets[image] + owner];
  let [word, used] = [0, 0];
  for (let y = top; y < bottom; y++) {
    const row = (plane * maskHeight + rows[y]) * maskWidth;
    for (let x = left; x < right; x++) {
      const value = data[row + columns[x]];
      if (overlap ? value === owner + 1 : value !== 0) word |= 1 << used;
      if (++used < 32) continue;
      bits.push(word >>> 0);
      [word, used] = [0, 0];
    }
  }
  if (used > 0) bits.push(word >>> 0);
}
