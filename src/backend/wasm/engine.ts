import type { Assignment } from '../../types.ts';
import type { GroupedTargets, Level, Predictions } from '../backend.ts';
import type { Arena } from './arena.ts';
import type { Kernels } from './module.ts';

/** One WASM instance and the scratch memory its stages share; nothing in it outlives a stage. */
export interface Engine {
  kernels: Kernels;
  arena: Arena;
}

/** Boxes of one image in WASM memory. */
export interface ImageTargets {
  count: number;
  /** f64 [count, 4], xyxy pixels. */
  boxes: number;
  /** u8 [count], 0 where the target is ignored. */
  valid: number;
}

/** Positives of one image in WASM memory, padded with zeros to an even number. */
export interface PositiveBlock {
  /** f32 [4·R, pitch/4], box channels. */
  logits: number;
  /** f64 [4, pitch/4], distances from the anchor to its target's sides, grid units. */
  targets: number;
  /** f64 [P], pixels a grid unit. */
  strides: number;
  /** Bytes from one channel's row of `logits` to the next. */
  pitch: number;
}

export function loadTargets(
  { kernels, arena }: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  image: number,
): ImageTargets {
  const first = targets.offsets[image];
  const count = targets.offsets[image + 1] - first;
  const boxes = arena.take(count * 32);
  const valid = arena.take(count);
  arena.f64.set(targets.boxes.subarray(first * 4, (first + count) * 4), boxes >> 3);
  kernels.prepareTargets(boxes, valid, count, predictions.imageWidth, predictions.imageHeight);
  return { count, boxes, valid };
}

/**
 * Brings the box channels and target distances of one image's positives together.
 *
 * @param anchors ascending; not a view into WASM memory, which may move
 * @param owners index of each one's target in the image
 */
export function loadPositives(
  { arena }: Engine,
  predictions: Predictions,
  image: number,
  { boxes }: ImageTargets,
  anchors: Int32Array,
  owners: Int32Array,
): PositiveBlock {
  const columns = evenCount(anchors.length);
  const channels = 4 * predictions.regMax;
  const logits = arena.takeZeroed(channels * columns * 4);
  const targets = arena.takeZeroed(4 * columns * 8);
  const strides = arena.takeZeroed(columns * 8);
  const { f32, f64 } = arena;
  forEachLevel(predictions, anchors, (level, start, end) => {
    const { data, channelStride } = level;
    for (let i = start; i < end; i++) {
      let from = offsetOf(level, image, 0, anchors[i]);
      const last = (logits >> 2) + channels * columns;
      for (let to = (logits >> 2) + i; to < last; to += columns) {
        f32[to] = data[from];
        from += channelStride;
      }
    }
    for (let i = start; i < end; i++) {
      const cell = anchors[i] - level.firstAnchor;
      const x = (cell % level.width) + 0.5;
      const y = Math.floor(cell / level.width) + 0.5;
      const box = (boxes >> 3) + owners[i] * 4;
      const at = (targets >> 3) + i;
      f64[at] = x - f64[box] / level.stride;
      f64[at + columns] = y - f64[box + 1] / level.stride;
      f64[at + 2 * columns] = f64[box + 2] / level.stride - x;
      f64[at + 3 * columns] = f64[box + 3] / level.stride - y;
      f64[(strides >> 3) + i] = level.stride;
    }
  });
  return { logits, targets, strides, pitch: columns * 4 };
}

/** Kernels of the positives work on pairs of them. */
export function evenCount(count: number): number {
  return count + (count & 1);
}

/** Index into a level's data. */
export function offsetOf(level: Level, image: number, channel: number, anchor: number): number {
  const cell = anchor - level.firstAnchor;
  return image * level.imageStride + channel * level.channelStride + cell * level.cellStride;
}

/** Visits each level that owns some of one image's ascending anchors, with their range [start, end). */
export function forEachLevel(
  { levels }: Predictions,
  anchors: Int32Array,
  visit: (level: Level, start: number, end: number, index: number) => void,
): void {
  let start = 0;
  levels.forEach((level, index) => {
    let end = start;
    while (end < anchors.length && anchors[end] < level.firstAnchor + level.cells) end++;
    if (end > start) visit(level, start, end, index);
    start = end;
  });
}

/** Range of each image's positives: image b owns starts[b] to starts[b + 1]. */
export function positivesByImage({ image }: Assignment, batch: number): Int32Array {
  const starts = new Int32Array(batch + 1);
  for (const b of image) starts[b + 1]++;
  for (let b = 0; b < batch; b++) starts[b + 1] += starts[b];
  return starts;
}
