import type { Tensor } from '../types.ts';
import type { ResolvedOptions } from './options.ts';

/** One level of the head's raw output with its layout resolved into strides (in elements). */
export interface Level {
  data: ArrayLike<number>;
  height: number;
  width: number;
  /** Pixels per grid cell. */
  stride: number;
  /** Index of the level's first anchor among the image's. */
  firstAnchor: number;
  imageStride: number;
  channelStride: number;
  cellStride: number;
}

/** Raw predictions of B images. Channels: 4 sides × R bins (left, top, right, bottom), then C logits. */
export interface Head {
  batch: number;
  numClasses: number;
  regMax: number;
  levels: Level[];
  /** A, over all levels. */
  anchors: number;
  /** Pixels: the first level's grid × its stride. */
  imageWidth: number;
  imageHeight: number;
}

/** Position of an anchor, which is a cell's centre. Anchors count level by level and row by row. */
export interface Anchor {
  level: Level;
  levelIndex: number;
  /** Row-major index in the level. */
  cell: number;
  /** Cell centre, grid units. */
  x: number;
  y: number;
}

/** @param feats one [B, c, H, W] or [B, H, W, c] per level, c = 4·R + C */
export function readHead(
  feats: readonly Tensor<ArrayLike<number>>[],
  options: ResolvedOptions,
): Head {
  let anchors = 0;
  const levels = feats.map(({ data, shape }, l) => {
    const level = {
      data,
      stride: options.strides[l],
      firstAnchor: anchors,
      ...axes(shape, options),
    };
    anchors += level.height * level.width;
    return level;
  });
  return {
    batch: feats[0].shape[0],
    numClasses: options.numClasses,
    regMax: options.regMax,
    levels,
    anchors,
    imageWidth: levels[0].width * levels[0].stride,
    imageHeight: levels[0].height * levels[0].stride,
  };
}

function axes(shape: readonly number[], { layout }: ResolvedOptions) {
  const [height, width, channels] =
    layout === 'nchw' ? [shape[2], shape[3], shape[1]] : [shape[1], shape[2], shape[3]];
  const cells = height * width;
  const imageStride = channels * cells;
  return layout === 'nchw'
    ? { height, width, imageStride, channelStride: cells, cellStride: 1 }
    : { height, width, imageStride, channelStride: 1, cellStride: channels };
}

/** Index of an element in its level's data. */
export function indexOf(level: Level, image: number, channel: number, cell: number): number {
  return image * level.imageStride + channel * level.channelStride + cell * level.cellStride;
}

export function anchorAt({ levels }: Head, anchor: number): Anchor {
  const levelIndex = levels.filter((level) => level.firstAnchor <= anchor).length - 1;
  const level = levels[levelIndex];
  const cell = anchor - level.firstAnchor;
  const x = (cell % level.width) + 0.5;
  const y = Math.floor(cell / level.width) + 0.5;
  return { level, levelIndex, cell, x, y };
}
