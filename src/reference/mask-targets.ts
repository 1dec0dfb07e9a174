import type { Tensor } from '../types.ts';
import type { ImageTarget } from './targets.ts';

/** Size of an image or of the prototypes, in its own pixels. */
export interface Size {
  height: number;
  width: number;
}

/** Ground truth of all masks. */
export interface MaskTargets {
  /** With `overlap`: [B, H, W], 1 + the target's index in its image, or 0. Without: [N, H, W], not 0 inside, as given. */
  masks: Tensor<ArrayLike<number>>;
  overlap: boolean;
}

/**
 * A target's mask at the prototypes' size: 1 inside, 0 outside.
 *
 * Masks of another size are resampled by nearest neighbour: source = floor(i · in / out), in integers.
 *
 * @param target index among the image's targets, as in an assignment
 * @param source index among all targets
 */
export function maskTarget(
  { masks: { data, shape }, overlap }: MaskTargets,
  { height, width }: Size,
  image: number,
  target: number,
  source: number,
): (row: number, column: number) => number {
  const [, maskHeight, maskWidth] = shape;
  const plane = overlap ? image : source;
  return (row, column) => {
    const y = Math.floor((row * maskHeight) / height);
    const x = Math.floor((column * maskWidth) / width);
    const value = data[(plane * maskHeight + y) * maskWidth + x];
    return Number(overlap ? value === target + 1 : value !== 0);
  };
}

/** Rows and columns of the prototypes that the mask loss of a target covers; `from` is inclusive, `to` exclusive. */
export interface Crop {
  rows: [from: number, to: number];
  columns: [from: number, to: number];
}

/**
 * Crops to pixels whose integer indices are in the target's box, scaled from the image to the prototypes:
 * x1 ≤ column < x2 and y1 ≤ row < y2.
 *
 * @param imageSize size in pixels of the image that contains the box
 */
export function cropTo(
  { box: [x1, y1, x2, y2] }: ImageTarget,
  imageSize: Size,
  { height, width }: Size,
): Crop {
  const range = (low: number, high: number, size: number, imageLength: number) => {
    const index = (edge: number) => Math.ceil(edge * (size / imageLength));
    return [Math.max(0, index(low)), Math.min(size, index(high))] as [number, number];
  };
  return {
    rows: range(y1, y2, height, imageSize.height),
    columns: range(x1, x2, width, imageSize.width),
  };
}
