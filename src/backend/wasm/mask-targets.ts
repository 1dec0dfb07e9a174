import type { GroupedTargets } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { MaskTargets } from '../task-inputs.ts';
import type { MaskBand, MaskGroup } from './mask-groups.ts';

/** Where a group's mask is: index of its crop's first pixel, and pixels from row to row. */
export interface MaskPlace {
  first: number;
  pitch: number;
}

/**
 * Floats that `loadMasks` writes.
 *
 * @param pixels of the band
 */
export function maskFloats(
  { overlap }: MaskTargets,
  groups: readonly MaskGroup[],
  pixels: number,
): number {
  if (overlap) return pixels;
  return groups.reduce((sum, { crop }) => sum + pixelsOf(crop), 0);
}

function pixelsOf({ left, top, right, bottom }: MaskGroup['crop']): number {
  return (right - left) * (bottom - top);
}

/** [size] where the indices of an axis are taken from by nearest neighbour. */
export function nearest(length: number, size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => Math.floor((i * length) / size));
}

/**
 * Masks of a band's groups at the prototypes' size, by nearest neighbour: source = floor(i · in / out). Overlap:
 * one of indices for all; else each group's crop, 1 inside and 0 outside.
 *
 * @param height width of the prototypes
 * @param to address of f32
 */
export function loadMasks(
  { f32 }: Arena,
  { masks: { data, shape }, overlap }: MaskTargets,
  { offsets, source }: GroupedTargets,
  image: number,
  { from, to: end, groups }: MaskBand,
  height: number,
  width: number,
  to: number,
): MaskPlace[] {
  const [, maskHeight, maskWidth] = shape;
  const columns = nearest(maskWidth, width);
  const rows = nearest(maskHeight, height);
  const rowOf = (plane: number, y: number) => (plane * maskHeight + rows[y]) * maskWidth;
  let at = to >>> 2;
  if (overlap) {
    for (let y = from; y < end; y++) {
      const row = rowOf(image, y);
      for (let x = 0; x < width; x++) f32[at++] = data[row + columns[x]];
    }
    return groups.map(({ crop }) => ({
      first: (crop.top - from) * width + crop.left,
      pitch: width,
    }));
  }
  return groups.map(({ owner, crop: { left, top, right, bottom } }) => {
    const first = at - (to >>> 2);
    for (let y = top; y < bottom; y++) {
      const row = rowOf(source[offsets[image] + owner], y);
      for (let x = left; x < right; x++) f32[at++] = data[row + columns[x]] === 0 ? 0 : 1;
    }
    return { first, pitch: right - left };
  });
}
