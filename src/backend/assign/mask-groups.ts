import type { Dense, GroupedTargets, Predictions } from '../inputs.ts';
import type { ImagePositives } from './positives.ts';

/** Largest number of positives in a group: the gradients by their logits are in memory together. */
const POSITIVES_A_GROUP = 16;

/** Positives of one target, which share its crop and its mask. */
export interface MaskGroup {
  /** Index of the target among the image's. */
  target: number;
  /** [P] anchors of the positives. */
  anchors: number[];
  /** P rounded up to a multiple of 4. */
  paddedCount: number;
  /** Index of its coefficients, [M, paddedCount], among the image's. */
  firstCoefficient: number;
  crop: Crop;
  /** The target's weight / (h · w · the box's normalised area). */
  weight: number;
}

/** Pixels of masks or prototypes, to the right and bottom exclusive. */
export interface Crop {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Number of prototypes, and size of the pixels of the loss: that of prototypes and masks, after one of them is resized. */
export interface MaskSize {
  channels: number;
  height: number;
  width: number;
}

/** Groups one image's positives by target, without those that have no pixel. */
export function groupByTarget(
  { predictions, targets }: { predictions: Predictions<Dense>; targets: GroupedTargets },
  positives: ImagePositives,
  { channels, height, width }: MaskSize,
): MaskGroup[] {
  const { imageWidth, imageHeight } = predictions;
  const { image, anchors } = positives;
  const groups: MaskGroup[] = [];
  let firstCoefficient = 0;
  const anchorsOf = new Map<number, number[]>();
  positives.targets.forEach((target, i) => {
    const known = anchorsOf.get(target);
    if (known) known.push(anchors[i]);
    else anchorsOf.set(target, [anchors[i]]);
  });
  for (const [target, all] of [...anchorsOf].sort(([a], [b]) => a - b)) {
    const row = 4 * (targets.offsets[image] + target);
    const [x1, x2] = edges(targets.boxes[row], targets.boxes[row + 2], imageWidth);
    const [y1, y2] = edges(targets.boxes[row + 1], targets.boxes[row + 3], imageHeight);
    const [left, right] = cropAxis(x1, x2, width, imageWidth);
    const [top, bottom] = cropAxis(y1, y2, height, imageHeight);
    if (right <= left || bottom <= top) continue;
    const area = ((x2 - x1) * (y2 - y1)) / (imageWidth * imageHeight);
    const ofTarget = targets.weights?.[targets.offsets[image] + target] ?? 1;
    const weight = ofTarget / (height * width * area);
    const crop = { left, top, right, bottom };
    for (let start = 0; start < all.length; start += POSITIVES_A_GROUP) {
      const few = all.slice(start, start + POSITIVES_A_GROUP);
      const paddedCount = Math.ceil(few.length / 4) * 4;
      groups.push({ target, anchors: few, paddedCount, firstCoefficient, crop, weight });
      firstCoefficient += channels * paddedCount;
    }
  }
  return groups;
}

/** Converts a normalised centre and size to pixels. */
function edges(centre: number, size: number, length: number): [low: number, high: number] {
  const half = (size * length) / 2;
  return [centre * length - half, centre * length + half];
}

/** Range of the pixels' indices i with low ≤ i < high, both scaled to the pixels. */
function cropAxis(low: number, high: number, size: number, length: number): [number, number] {
  const index = (edge: number) => Math.ceil(edge * (size / length));
  return [Math.max(0, index(low)), Math.min(size, index(high))];
}

/** [size] indices that a resized axis takes by nearest neighbour: floor(i · length / size). */
export function nearest(length: number, size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => Math.floor((i * length) / size));
}

/** Some rows of one image's pixels, and the groups that have some there, their crops cut to them. */
export interface MaskBand {
  from: number;
  to: number;
  groups: MaskGroup[];
}

/**
 * Splits an image into bands.
 *
 * @param starts first row of each band
 */
export function bandsOf(
  groups: readonly MaskGroup[],
  height: number,
  starts: readonly number[],
): MaskBand[] {
  return starts.map((from, i) => {
    const to = starts[i + 1] ?? height;
    return { from, to, groups: groups.flatMap((group) => cutToRows(group, from, to)) };
  });
}

/** First of the two pixels that pixel i of a bilinearly resized axis reads; the next one, if there is one, is the second. */
export function firstTap(i: number, from: number, to: number): number {
  return Math.min(Math.floor(Math.max(0, ((i + 0.5) * from) / to - 0.5)), from - 1);
}

/** Range of the pixels that pixels `low` to `high`, the latter excluded, of a resized axis read. */
export function tappedRange(
  low: number,
  high: number,
  from: number,
  to: number,
): [low: number, high: number] {
  return [firstTap(low, from, to), Math.min(firstTap(high - 1, from, to) + 2, from)];
}

function cutToRows(group: MaskGroup, from: number, to: number): MaskGroup[] {
  const top = Math.max(group.crop.top, from);
  const bottom = Math.min(group.crop.bottom, to);
  return bottom > top ? [{ ...group, crop: { ...group.crop, top, bottom } }] : [];
}
