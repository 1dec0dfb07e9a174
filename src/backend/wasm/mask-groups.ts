import type { GroupedTargets, Predictions } from '../backend.ts';
import type { Positives } from './positives.ts';

/** Positives whose slopes are in scratch memory together. */
const POSITIVES_A_GROUP = 16;

/** Positives of one target: they share its crop and its mask. */
export interface MaskGroup {
  /** Index of the target among the image's. */
  owner: number;
  /** [P] anchors of the positives. */
  anchors: number[];
  /** Their number, with zeros to a multiple of 4. */
  evenCount: number;
  /** Index of its coefficients, [M, evenCount], among the image's. */
  first: number;
  crop: Crop;
  /** 1 / (h · w · the box's normalised area). */
  weight: number;
}

/** Pixels of the prototypes, to the right and bottom exclusive. */
export interface Crop {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** One image's positives by target, those without a pixel left out. */
export function groupByTarget(
  { imageWidth, imageHeight }: Predictions,
  targets: GroupedTargets,
  { image, anchors, owners }: Positives,
  channels: number,
  height: number,
  width: number,
): MaskGroup[] {
  const groups: MaskGroup[] = [];
  let first = 0;
  const own = new Map<number, number[]>();
  owners.forEach((owner, i) => {
    const known = own.get(owner);
    if (known) known.push(anchors[i]);
    else own.set(owner, [anchors[i]]);
  });
  for (const [owner, all] of [...own].sort(([a], [b]) => a - b)) {
    const row = 4 * (targets.offsets[image] + owner);
    const [x1, x2] = edges(targets.boxes[row], targets.boxes[row + 2], imageWidth);
    const [y1, y2] = edges(targets.boxes[row + 1], targets.boxes[row + 3], imageHeight);
    const [left, right] = cropAxis(x1, x2, width, imageWidth);
    const [top, bottom] = cropAxis(y1, y2, height, imageHeight);
    if (right <= left || bottom <= top) continue;
    const area = ((x2 - x1) * (y2 - y1)) / (imageWidth * imageHeight);
    const weight = 1 / (height * width * area);
    for (let start = 0; start < all.length; start += POSITIVES_A_GROUP) {
      const few = all.slice(start, start + POSITIVES_A_GROUP);
      const evenCount = Math.ceil(few.length / 4) * 4;
      const crop = { left, top, right, bottom };
      groups.push({ owner, anchors: few, evenCount, first, crop, weight });
      first += channels * evenCount;
    }
  }
  return groups;
}

/** From centre and size, normalised, to pixels. */
function edges(centre: number, size: number, length: number): [low: number, high: number] {
  const half = (size * length) / 2;
  return [centre * length - half, centre * length + half];
}

/** Indices i of the prototypes with low ≤ i < high, both scaled to them. */
function cropAxis(low: number, high: number, size: number, length: number): [number, number] {
  const index = (edge: number) => Math.ceil(edge * (size / length));
  return [Math.max(0, index(low)), Math.min(size, index(high))];
}

/** Some rows of one image's prototypes, and the groups that have pixels there, their crops cut to them. */
export interface MaskBand {
  from: number;
  to: number;
  groups: MaskGroup[];
}

/** @param rows of a band */
export function bandsOf(groups: readonly MaskGroup[], height: number, rows: number): MaskBand[] {
  return Array.from({ length: Math.ceil(height / rows) }, (_, i) => {
    const [from, to] = [i * rows, Math.min(height, (i + 1) * rows)];
    return { from, to, groups: groups.flatMap((group) => cutToRows(group, from, to)) };
  });
}

function cutToRows(group: MaskGroup, from: number, to: number): MaskGroup[] {
  const top = Math.max(group.crop.top, from);
  const bottom = Math.min(group.crop.bottom, to);
  return bottom > top ? [{ ...group, crop: { ...group.crop, top, bottom } }] : [];
}
