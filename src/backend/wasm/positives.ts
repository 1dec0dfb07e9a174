import type { Assignment } from '../../types.ts';
import type { GroupedTargets, Level, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { loadRotated, ROTATED_TARGET_BYTES } from './rotated-targets.ts';

/** Positives whose loss one task computes, an even number. */
export const POSITIVES_A_TASK = 64;

/** How many numbers there are, over all levels and images. */
export function valuesOf({ batch, levels }: Predictions): number {
  return levels.reduce((sum, { imageStride }) => sum + batch * imageStride, 0);
}

/** Boxes of one image in WASM memory. */
export interface ImageTargets {
  count: number;
  /** f64 [count, 4], xyxy pixels. */
  boxes: number;
  /** u8 [count], 0 where the target is ignored. */
  valid: number;
  /** f64 [count, 7], the same boxes rotated: see assembly/rotated-targets.ts; 0: they are upright. */
  rotated: number;
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
  const rotated = targets.angles ? arena.take(count * ROTATED_TARGET_BYTES) : 0;
  arena.f64.set(targets.boxes.subarray(first * 4, (first + count) * 4), boxes >>> 3);
  kernels.prepareTargets(boxes, valid, count, predictions.imageWidth, predictions.imageHeight);
  const own = { count, boxes, valid, rotated };
  if (rotated) loadRotated(arena, predictions, targets, first, own);
  return own;
}

/** Kernels of the positives work on pairs of them. */
export function evenCount(count: number): number {
  return count + (count & 1);
}

/**
 * Brings the box channels of some positives together, padded with zeros to an even number.
 *
 * @param logits address of f32 [4·R, even P]
 */
export function gatherBoxLogits(
  { arena: { f32 } }: Engine,
  predictions: Predictions,
  { image, anchors }: Positives,
  logits: number,
): void {
  const columns = evenCount(anchors.length);
  const first = logits >>> 2;
  const side = predictions.regMax * columns;
  for (const { level, start, end } of runsByLevel(predictions.levels, anchors)) {
    const { data, channelStride } = level;
    const dataSide = predictions.regMax * channelStride;
    for (let i = start; i < end; i++) {
      let from = offsetOf(level, image, 0, anchors[i]);
      // A bin of all sides at a time: four cache misses overlap.
      for (let to = first + i; to < first + side; to += columns) {
        f32[to] = data[from];
        f32[to + side] = data[from + dataSide];
        f32[to + 2 * side] = data[from + 2 * dataSide];
        f32[to + 3 * side] = data[from + 3 * dataSide];
        from += channelStride;
      }
    }
  }
  if (columns === anchors.length) return;
  for (let to = first + columns - 1; to < first + 4 * side; to += columns) f32[to] = 0;
}

/** The way back, to the gradients' box channels. */
export function scatterBoxGradients(
  { arena: { f32 } }: Engine,
  predictions: Predictions,
  { image, anchors }: Positives,
  gradients: number,
  grads: Float32Array[],
): void {
  const columns = evenCount(anchors.length);
  const first = gradients >>> 2;
  const side = predictions.regMax * columns;
  for (const { level, index, start, end } of runsByLevel(predictions.levels, anchors)) {
    const { channelStride } = level;
    const gradSide = predictions.regMax * channelStride;
    const grad = grads[index];
    for (let i = start; i < end; i++) {
      let to = offsetOf(level, image, 0, anchors[i]);
      for (let from = first + i; from < first + side; from += columns) {
        grad[to] = f32[from];
        grad[to + gradSide] = f32[from + side];
        grad[to + 2 * gradSide] = f32[from + 2 * side];
        grad[to + 3 * gradSide] = f32[from + 3 * side];
        to += channelStride;
      }
    }
  }
}

/**
 * Distances from the anchors of some positives to their targets' sides, padded with zeros.
 *
 * @param distances address of f64 [4, even P], grid units
 */
export function targetDistances(
  { arena: { f64 } }: Engine,
  predictions: Predictions,
  { boxes }: ImageTargets,
  { anchors, owners }: Positives,
  distances: number,
): void {
  const columns = evenCount(anchors.length);
  const first = distances >>> 3;
  for (let side = 1; side <= 4; side++) f64[first + side * columns - 1] = 0;
  for (const { level, start, end } of runsByLevel(predictions.levels, anchors)) {
    const { firstAnchor, width, stride } = level;
    for (let i = start; i < end; i++) {
      const cell = anchors[i] - firstAnchor;
      const x = (cell % width) + 0.5;
      const y = Math.floor(cell / width) + 0.5;
      const box = (boxes >>> 3) + owners[i] * 4;
      f64[first + i] = x - f64[box] / stride;
      f64[first + columns + i] = y - f64[box + 1] / stride;
      f64[first + 2 * columns + i] = f64[box + 2] / stride - x;
      f64[first + 3 * columns + i] = f64[box + 3] / stride - y;
    }
  }
}

/** Index into a level's data. */
export function offsetOf(level: Level, image: number, channel: number, anchor: number): number {
  const { imageStride, channelStride, cellStride, firstAnchor } = level;
  return image * imageStride + channel * channelStride + (anchor - firstAnchor) * cellStride;
}

/** Positives [start, end) of one image, all on one level. */
export interface LevelRun {
  level: Level;
  /** Of the level. */
  index: number;
  start: number;
  end: number;
}

/** One image's ascending anchors, cut up by level. */
export function runsByLevel(levels: readonly Level[], anchors: Int32Array): LevelRun[] {
  const runs: LevelRun[] = [];
  let start = 0;
  for (let index = 0; index < levels.length; index++) {
    const level = levels[index];
    let end = start;
    while (end < anchors.length && anchors[end] < level.firstAnchor + level.cells) end++;
    if (end > start) runs.push({ level, index, start, end });
    start = end;
  }
  return runs;
}

/** Positives of one image, ordered by anchor. */
export interface Positives {
  image: number;
  /** [P] */
  anchors: Int32Array;
  /** [P] index of each one's target in the image. */
  owners: Int32Array;
  /** [P] */
  scores: Float32Array;
}

/** [B] an assignment's positives. */
export function positivesByImage(assignment: Assignment, batch: number): Positives[] {
  let end = 0;
  return Array.from({ length: batch }, (_, image) => {
    const start = end;
    while (end < assignment.image.length && assignment.image[end] === image) end++;
    return sliceOf(
      {
        image,
        anchors: assignment.anchor,
        owners: assignment.target,
        scores: assignment.score,
      },
      start,
      end,
    );
  });
}

/** Runs of one image's positives, a task each. */
export function runsOf(positives: Positives): Positives[] {
  const count = positives.anchors.length;
  if (count <= POSITIVES_A_TASK) return count === 0 ? [] : [positives];
  const runs = Math.ceil(count / POSITIVES_A_TASK);
  return Array.from({ length: runs }, (_, i) =>
    sliceOf(positives, i * POSITIVES_A_TASK, (i + 1) * POSITIVES_A_TASK),
  );
}

function sliceOf(
  { image, anchors, owners, scores }: Positives,
  start: number,
  end: number,
): Positives {
  return {
    image,
    anchors: anchors.subarray(start, end),
    owners: owners.subarray(start, end),
    scores: scores.subarray(start, end),
  };
}
