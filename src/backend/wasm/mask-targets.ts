import { type MaskBand, type MaskGroup, nearest } from '../assign/mask-groups.ts';
import type { GroupedTargets } from '../inputs.ts';
import type { Arena } from '../runtime/arena.ts';
import type { MaskTargets } from '../task-inputs.ts';

/** Place of a group's mask: index of its crop's first pixel, and pixels from row to row. */
export interface MaskPlace {
  firstPixel: number;
  maskPitch: number;
}

/** Masks of a batch, and the size of the loss's pixels. */
export interface MaskSource {
  truth: MaskTargets;
  targets: GroupedTargets;
  height: number;
  width: number;
}

/**
 * Number of floats that `loadMasks` writes.
 *
 * @param pixels number of pixels in the band
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

/**
 * Writes the masks of a band's groups at the size of the loss's pixels, by nearest neighbour. With overlap it is one mask of
 * indices for all groups, otherwise each group's crop, 1 inside and 0 outside.
 *
 * @param to address of f32
 */
export function loadMasks(
  { f32 }: Arena,
  { truth: { masks, overlap }, targets: { offsets, source }, height, width }: MaskSource,
  image: number,
  { from, to: end, groups }: MaskBand,
  to: number,
): MaskPlace[] {
  const { data, shape } = masks;
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
      firstPixel: (crop.top - from) * width + crop.left,
      maskPitch: width,
    }));
  }
  return groups.map(({ target, crop: { left, top, right, bottom } }) => {
    const firstPixel = at - (to >>> 2);
    for (let y = top; y < bottom; y++) {
      const row = rowOf(source[offsets[image] + target], y);
      for (let x = left; x < right; x++) f32[at++] = data[row + columns[x]] === 0 ? 0 : 1;
    }
    return { firstPixel, maskPitch: right - left };
  });
}
