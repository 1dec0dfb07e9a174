import type { Layout } from '../types.ts';

/** Axes of a concatenated head, by layout. */
export const HEAD_AXES = { nchw: '[B, c, A]', nhwc: '[B, A, c]' } as const;

/** Axes of a level, by layout. */
export const LEVEL_AXES = { nchw: '[B, c, H, W]', nhwc: '[B, H, W, c]' } as const;

/** Rows and columns of a level's cells. */
export type Grid = readonly [height: number, width: number];

/**
 * How the levels of a head lie in its concatenated form: a row, which is a channel (nchw) or an image (nhwc), is a run
 * of each level, one after another.
 */
export interface HeadForm {
  /** [B, c, A] or [B, A, c]. */
  shape: number[];
  rows: number;
  /** Elements of a row. */
  rowLength: number;
  levels: HeadLevel[];
}

export interface HeadLevel {
  /** [B, c, H, W] or [B, H, W, c]. */
  shape: number[];
  /** Where the level's run begins in a row, elements. */
  start: number;
  /** Elements of a run. */
  length: number;
}

/**
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
