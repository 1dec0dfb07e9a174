import {
  type AnchorTargets,
  evenCount,
  type ImagePositives,
  runsByLevel,
  slicePositives,
} from '../assign/positives.ts';
import type { Level, Predictions } from '../inputs.ts';
import type { Arena } from '../runtime/arena.ts';
import type { HeadContext } from './head.ts';

/** Positives of one kernel call, an even number. */
export const POSITIVES_A_TASK = 64;

/** Splits one image's positives into runs, one per task. */
export function runsOf(positives: ImagePositives): ImagePositives[] {
  const count = positives.anchors.length;
  if (count <= POSITIVES_A_TASK) return count === 0 ? [] : [positives];
  return Array.from({ length: Math.ceil(count / POSITIVES_A_TASK) }, (_, i) =>
    slicePositives(positives, i * POSITIVES_A_TASK, (i + 1) * POSITIVES_A_TASK),
  );
}

/** Index into a level's data. */
export function offsetOf(level: Level, image: number, channel: number, anchor: number): number {
  const { imageStride, channelStride, cellStride, firstAnchor } = level;
  return image * imageStride + channel * channelStride + (anchor - firstAnchor) * cellStride;
}

/**
 * Copies the box channels of some anchors to one place, padded with zeros to an even number.
 *
 * @param logits address of f32 [4·R, even P]
 */
export function gatherBoxLogits(
  { f32 }: Arena,
  { levels, regMax }: Predictions,
  { image, anchors }: AnchorTargets,
  logits: number,
): void {
  const columns = evenCount(anchors.length);
  const first = logits >>> 2;
  const side = regMax * columns;
  for (const { level, start, end } of runsByLevel(levels, anchors)) {
    const { data, channelStride } = level;
    const dataSide = regMax * channelStride;
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

/** Copies gradients that lie as `gatherBoxLogits` leaves logits to the gradients' box channels. */
export function scatterBoxGradients(
  { f32 }: Arena,
  { levels, regMax }: Predictions,
  { image, anchors }: AnchorTargets,
  gradients: number,
  grads: readonly Float32Array[],
): void {
  const columns = evenCount(anchors.length);
  const first = gradients >>> 2;
  const side = regMax * columns;
  for (const { level, index, start, end } of runsByLevel(levels, anchors)) {
    const { channelStride } = level;
    const gradSide = regMax * channelStride;
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
 * Writes the distances from anchors to the sides of their targets, padded with zeros.
 *
 * @param distances address of f64 [4, even P], grid units
 */
export function targetDistances(
  { engine, predictions, targets: { offsets }, sides }: HeadContext,
  { image, anchors, targets }: AnchorTargets,
  distances: number,
): void {
  const { f64 } = engine.arena;
  const columns = evenCount(anchors.length);
  const first = distances >>> 3;
  for (let side = 1; side <= 4; side++) f64[first + side * columns - 1] = 0;
  for (const { level, start, end } of runsByLevel(predictions.levels, anchors)) {
    const { firstAnchor, width, stride } = level;
    for (let i = start; i < end; i++) {
      const cell = anchors[i] - firstAnchor;
      const x = (cell % width) + 0.5;
      const y = Math.floor(cell / width) + 0.5;
      const box = 4 * (offsets[image] + targets[i]);
      f64[first + i] = x - sides[box] / stride;
      f64[first + columns + i] = y - sides[box + 1] / stride;
      f64[first + 2 * columns + i] = sides[box + 2] / stride - x;
      f64[first + 3 * columns + i] = sides[box + 3] / stride - y;
    }
  }
}

/**
 * Writes a grid unit of each anchor's level as a share of the image, padded with zeros.
 *
 * @param units address of f64 [2, even P], of its width and of its height
 */
export function gridUnits(
  { engine, predictions }: HeadContext,
  { anchors }: AnchorTargets,
  units: number,
): void {
  const { f64 } = engine.arena;
  const columns = evenCount(anchors.length);
  const first = units >>> 3;
  f64[first + columns - 1] = 0;
  f64[first + 2 * columns - 1] = 0;
  for (const { level, start, end } of runsByLevel(predictions.levels, anchors)) {
    f64.fill(level.stride / predictions.imageWidth, first + start, first + end);
    f64.fill(
      level.stride / predictions.imageHeight,
      first + columns + start,
      first + columns + end,
    );
  }
}

/**
 * Writes the predicted angles of rotated boxes and those of their targets, padded with zeros; upright boxes have none.
 *
 * @param angles address of f64 [2, even P]
 */
export function gatherAngles(
  { engine, predictions, targets: truth }: HeadContext,
  { image, anchors, targets }: AnchorTargets,
  angles: number,
): void {
  const { f64 } = engine.arena;
  const columns = evenCount(anchors.length);
  const first = angles >>> 3;
  for (const predicted of predictions.boxTensors) {
    f64[first + columns - 1] = 0;
    f64[first + 2 * columns - 1] = 0;
    for (let i = 0; i < anchors.length; i++) {
      f64[first + i] = predicted[image * predictions.anchors + anchors[i]];
      f64[first + columns + i] = truth.angles[truth.offsets[image] + targets[i]];
    }
  }
}

/** Copies gradients that took the place of predicted angles to the gradients of these. */
export function scatterAngles(
  { engine, predictions }: HeadContext,
  { image, anchors }: AnchorTargets,
  angles: number,
  grads: readonly Float32Array[],
): void {
  const { f64 } = engine.arena;
  for (const grad of grads) {
    for (let i = 0; i < anchors.length; i++) {
      grad[image * predictions.anchors + anchors[i]] = f64[(angles >>> 3) + i];
    }
  }
}
