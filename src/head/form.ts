import type { Layout } from '../types.ts';

/** Axes of a concatenated head, by layout. */
export const HEAD_AXES = { nchw: '[B, c, A]', nhwc: '[B, A, c]' } as const;

/** Numbers of rows and columns of a level's cells. */
export type Grid = readonly [height: number, width: number];

/**
 * Places of a head's levels in its concatenated form. A row is a channel (nchw) or an image (nhwc), and holds one run of
 * each level, one after another.
 */
export interface HeadForm {
  /** Shape of the head, [B, c, A] or [B, A, c]. */
  shape: number[];
  rows: number;
  /** Number of elements of a row. */
  rowLength: number;
  levels: HeadLevel[];
}

/** The runs of a level. */
export interface HeadLevel {
  /** Shape of the level, [B, c, H, W] or [B, H, W, c]. */
  shape: number[];
  /** Number of elements of a row before the level's run. */
  start: number;
  /** Number of elements of a run. */
  length: number;
}

/**
 * Computes where the levels of a head lie.
 *
 * @param batch B
 * @param channels c
 */
export function formOf(
  layout: Layout,
  grids: readonly Grid[],
  batch: number,
  channels: number,
): HeadForm {
  const isNchw = layout === 'nchw';
  const elements = isNchw ? 1 : channels;
  let anchors = 0;
  const levels = grids.map(([height, width]) => {
    const start = anchors * elements;
    anchors += height * width;
    const shape = isNchw ? [batch, channels, height, width] : [batch, height, width, channels];
    return { shape, start, length: height * width * elements };
  });
  return {
    shape: isNchw ? [batch, channels, anchors] : [batch, anchors, channels],
    rows: isNchw ? batch * channels : batch,
    rowLength: anchors * elements,
    levels,
  };
}
