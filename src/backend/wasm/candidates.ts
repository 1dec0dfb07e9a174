import type { GroupedTargets, Level, Predictions } from '../backend.ts';
import type { Engine, ImageTargets } from './engine.ts';

/** Where one image's candidates lie. */
export interface Candidates {
  /** i32 [L, count, 4], half-open rectangles of cells. */
  cells: number;
  /** u8 [A], 1 inside some target. */
  cover: number;
  /** [L] target-anchor pairs. */
  pairs: number[];
}

export function findCandidates(
  { kernels, arena }: Engine,
  predictions: Predictions,
  { count, boxes, valid }: ImageTargets,
): Candidates {
  const cells = arena.take(predictions.levels.length * count * 16);
  const cover = arena.takeZeroed(predictions.anchors);
  const pairs = predictions.levels.map((level, l) =>
    kernels.candidates(
      boxes,
      valid,
      count,
      level.stride,
      level.height,
      level.width,
      cells + l * count * 16,
      cover + level.firstAnchor,
    ),
  );
  return { cells, cover, pairs };
}

/** Distances of the candidates: f32 [4, A], grid units; arbitrary at other anchors. */
export function decodeCandidates(
  engine: Engine,
  predictions: Predictions,
  image: number,
  { cover, pairs }: Candidates,
): number {
  const { arena } = engine;
  const distances = arena.take(4 * predictions.anchors * 4);
  const floats = predictions.levels.map((level) => decodeFloats(level, predictions.regMax));
  const logits = arena.take(Math.max(...floats) * 4);
  predictions.levels.forEach((level, l) => {
    if (pairs[l] === 0) return;
    const decodeLevel = level.cellStride === 1 ? decodePlanar : decodeInterleaved;
    decodeLevel(engine, predictions, level, image, cover, logits, distances);
  });
  return distances;
}

/** Floats of a level that are in WASM memory at a time, and three cells that the kernel looks past their end. */
function decodeFloats({ cells, width, cellStride }: Level, regMax: number): number {
  return (cellStride === 1 ? regMax * cells : width * cellStride) + 3 * cellStride;
}

/** NCHW, where cells are neighbours: one side of all cells at a time. */
function decodePlanar(
  { kernels, arena }: Engine,
  { regMax, anchors }: Predictions,
  level: Level,
  image: number,
  cover: number,
  logits: number,
  distances: number,
): void {
  const { data, cells, firstAnchor } = level;
  for (let side = 0; side < 4; side++) {
    const start = image * level.imageStride + side * regMax * cells;
    arena.f32.set(data.subarray(start, start + regMax * cells), logits >> 2);
    const out = distances + (side * anchors + firstAnchor) * 4;
    kernels.decode(logits, cells * 4, 4, regMax, cells, cover + firstAnchor, out);
  }
}

/** NHWC, where channels are neighbours: of each row of the grid, the cells from first to last candidate. */
function decodeInterleaved(
  { kernels, arena }: Engine,
  { regMax, anchors }: Predictions,
  level: Level,
  image: number,
  cover: number,
  logits: number,
  distances: number,
): void {
  const { data, height, width, cellStride } = level;
  for (let y = 0; y < height; y++) {
    const row = cover + level.firstAnchor + y * width;
    const covered = arena.u8.subarray(row, row + width);
    const first = covered.indexOf(1);
    if (first < 0) continue;
    const count = covered.lastIndexOf(1) + 1 - first;
    const cell = y * width + first;
    const start = image * level.imageStride + cell * cellStride;
    arena.f32.set(data.subarray(start, start + count * cellStride), logits >> 2);
    for (let side = 0; side < 4; side++) {
      const out = distances + (side * anchors + level.firstAnchor + cell) * 4;
      kernels.decode(
        logits + side * regMax * 4,
        4,
        cellStride * 4,
        regMax,
        count,
        row + first,
        out,
      );
    }
  }
}

/**
 * The class logit and anchor of every candidate of one target, level by level, row-major.
 *
 * @param logits f32 [n], of the target's class
 * @param anchors i32 [n]
 * @returns n
 */
export function gatherPairs(
  { arena }: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  image: number,
  target: number,
  cells: number,
  logits: number,
  anchors: number,
): number {
  const { f32, i32 } = arena;
  const row = targets.offsets[image] + target;
  const count = targets.offsets[image + 1] - targets.offsets[image];
  const channel = 4 * predictions.regMax + targets.cls[row];
  let pairs = 0;
  for (let l = 0; l < predictions.levels.length; l++) {
    const level = predictions.levels[l];
    const { data, width, firstAnchor, cellStride } = level;
    const base = image * level.imageStride + channel * level.channelStride;
    const rectangle = (cells >> 2) + (l * count + target) * 4;
    const x1 = i32[rectangle];
    const x2 = i32[rectangle + 2];
    const y2 = i32[rectangle + 3];
    for (let y = i32[rectangle + 1]; y < y2; y++) {
      for (let cell = y * width + x1; cell < y * width + x2; cell++) {
        f32[(logits >> 2) + pairs] = data[base + cell * cellStride];
        i32[(anchors >> 2) + pairs] = firstAnchor + cell;
        pairs++;
      }
    }
  }
  return pairs;
}
