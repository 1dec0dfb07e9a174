import type { GroupedTargets, Level, Predictions } from '../backend.ts';
import type { Engine, ImageTargets } from './engine.ts';

/** Floats of NHWC predictions decoded at a time: they stay in a usual second-level cache. */
const DECODE_FLOATS = 1 << 17;

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
  // The kernel looks three cells past the end.
  const floats = predictions.levels.map(
    (level) => decodeBatch(level, predictions)[0] + 3 * level.cellStride,
  );
  const logits = arena.take(Math.max(...floats) * 4);
  predictions.levels.forEach((level, l) => {
    if (pairs[l] > 0) decodeLevel(engine, predictions, level, image, cover, logits, distances);
  });
  return distances;
}

/**
 * Floats and cells that are brought in at a time: one side of all cells where cells are neighbours (NCHW),
 * all channels of some cells where channels are (NHWC).
 */
function decodeBatch(level: Level, { regMax, channels }: Predictions): [number, number] {
  if (level.cellStride === 1) return [regMax * level.cells, level.cells];
  const cells = Math.min(level.cells, Math.ceil(DECODE_FLOATS / channels));
  return [cells * channels, cells];
}

function decodeLevel(
  { kernels, arena }: Engine,
  predictions: Predictions,
  level: Level,
  image: number,
  cover: number,
  logits: number,
  distances: number,
): void {
  const { regMax, anchors } = predictions;
  const [floats, cells] = decodeBatch(level, predictions);
  const channelBytes = level.channelStride * 4;
  const imageStart = image * level.imageStride;
  const bring = (start: number, length: number) =>
    arena.f32.set(level.data.subarray(start, start + length), logits >> 2);
  const decodeSide = (first: number, side: number, cell: number, count: number) =>
    kernels.decode(
      first,
      channelBytes,
      level.cellStride * 4,
      regMax,
      count,
      cover + level.firstAnchor + cell,
      distances + (side * anchors + level.firstAnchor + cell) * 4,
    );
  if (level.cellStride === 1) {
    for (let side = 0; side < 4; side++) {
      bring(imageStart + side * floats, floats);
      decodeSide(logits, side, 0, cells);
    }
    return;
  }
  for (let cell = 0; cell < level.cells; cell += cells) {
    const count = Math.min(cells, level.cells - cell);
    bring(imageStart + cell * level.cellStride, count * level.cellStride);
    for (let side = 0; side < 4; side++) {
      decodeSide(logits + side * regMax * channelBytes, side, cell, count);
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
