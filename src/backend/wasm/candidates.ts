import type { Level, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { Engine } from '../runtime/engine.ts';
import { layOut, type Task } from '../runtime/task.ts';
import type { ImageTargets } from './positives.ts';

/** Box logits that one task decodes, if a cell or row of them is not more. */
const DECODE_FLOATS = 1 << 17;
/** Share of a level's cells between first and last candidate above which copying all of them is faster. */
const WORTH_WHOLE = 0.75;
/** Cells that may be copied in vain in a row: a copy of its own takes as long. */
const FREE_CELLS = 256;

/** Bytes of a rectangle of cells. */
export const RECTANGLE_BYTES = 16;

/** Where one image's candidates lie. */
export interface Candidates {
  /** i32 [n, 4], half-open rectangles of cells, `pitch` bytes from level to level. */
  cells: number;
  pitch: number;
  /** i32 [L, count], how many rectangles a level has up to each target's last; 0: one a target. */
  ends: number;
  /** u8 [A], 1 inside some target. */
  cover: number;
  /** [L] target-anchor pairs. */
  pairs: number[];
}

/** An upright target has a rectangle of candidates a level, a rotated one a rectangle a row. */
export function findCandidates(
  { kernels, arena }: Engine,
  predictions: Predictions,
  { count, boxes, valid, rotated }: ImageTargets,
): Candidates {
  const { levels } = predictions;
  const rows = rotated ? Math.max(...levels.map(({ height }) => height)) : 1;
  const pitch = count * rows * RECTANGLE_BYTES;
  const cells = arena.take(levels.length * pitch);
  const ends = rotated ? arena.take(levels.length * count * 4) : 0;
  const cover = arena.takeZeroed(predictions.anchors);
  const pairs = levels.map(({ stride, height, width, firstAnchor }, l) => {
    const [own, covered] = [cells + l * pitch, cover + firstAnchor];
    if (!rotated) {
      return kernels.candidates(boxes, valid, count, stride, height, width, own, covered);
    }
    const end = ends + l * count * 4;
    const grid = [stride, height, width] as const;
    return kernels.rotatedCandidates(rotated, valid, count, ...grid, own, end, covered);
  });
  return { cells, pitch, ends, cover, pairs };
}

/** One level's rectangles of a target. */
export interface Rectangles {
  level: number;
  /** Address of the first, and how many follow each other. */
  first: number;
  count: number;
}

/** @param count targets of the image */
export function rectanglesOf(
  { i32 }: Arena,
  { cells, pitch, ends, pairs }: Candidates,
  target: number,
  count: number,
): Rectangles[] {
  return pairs.map((_, level) => {
    const own = (ends >>> 2) + level * count + target;
    const start = ends && target > 0 ? i32[own - 1] : 0;
    const [first, end] = ends ? [start, i32[own]] : [target, target + 1];
    return { level, first: cells + level * pitch + first * RECTANGLE_BYTES, count: end - first };
  });
}

/** Cells and sides whose distances one task decodes. */
interface Run {
  firstCell: number;
  cells: number;
  firstSide: number;
  sides: number;
}

/**
 * Tasks that write the distances of one image's candidates: f32 [4, A], grid units; arbitrary at other
 * anchors.
 */
export function* decodeCandidates(
  engine: Engine,
  predictions: Predictions,
  image: number,
  { cover, pairs }: Candidates,
  distances: number,
): Generator<Task> {
  for (let l = 0; l < predictions.levels.length; l++) {
    if (pairs[l] === 0) continue;
    const level = predictions.levels[l];
    const { firstAnchor, cells } = level;
    const flags = engine.arena.u8.subarray(cover + firstAnchor, cover + firstAnchor + cells);
    const runs = isPlanar(level) ? planarRuns(level, predictions, flags) : rowRuns(level, flags);
    for (const run of runs)
      yield decodeTask(engine, predictions, image, level, run, cover, distances);
  }
}

/** Bytes of a slot that `decodeCandidates` needs. */
export function decodeBytes(predictions: Predictions): number {
  const ends = predictions.levels.map((level) => {
    const run = isPlanar(level)
      ? { sides: sidesAtOnce(level, predictions), cells: planarCells(level, predictions) }
      : { sides: 4, cells: level.width };
    return layoutOf(level, predictions, run).end;
  });
  return Math.max(...ends);
}

/** Offsets in a slot. */
function layoutOf(
  level: Level,
  { regMax }: Predictions,
  { sides, cells }: { sides: number; cells: number },
): { logits: number; out: number; end: number } {
  const floats = isPlanar(level) ? sides * regMax * cells : cells * level.cellStride;
  // The kernel looks 3 cells past the last one.
  const bytes = (floats + 3 * level.cellStride) * 4;
  const [logits, out, end] = layOut(bytes, sides * cells * 4);
  return { logits, out, end };
}

function decodeTask(
  { arena }: Engine,
  predictions: Predictions,
  image: number,
  level: Level,
  run: Run,
  cover: number,
  distances: number,
): Task {
  const { regMax, anchors } = predictions;
  const { firstSide, sides, firstCell, cells } = run;
  const firstAnchor = level.firstAnchor + firstCell;
  const at = layoutOf(level, predictions, run);
  const rows = rowsOf(level, predictions, image, run);
  const inPlace = addressInPlace(arena, level, rows);
  const binPitch = inPlace < 0 ? cells : level.cells;
  const strides = isPlanar(level) ? [binPitch * 4, 4] : [4, level.cellStride * 4];
  return {
    kernel: 'decode',
    load(slot) {
      const logits = inPlace < 0 ? slot + at.logits : inPlace;
      if (inPlace < 0) copyRows(arena.f32, logits >>> 2, level.data, rows);
      const out = slot + at.out;
      return [logits, ...strides, regMax, sides, cells, cover + firstAnchor, out];
    },
    store(slot) {
      for (let side = 0; side < sides; side++) {
        const to = distances + ((firstSide + side) * anchors + firstAnchor) * 4;
        const from = slot + at.out + side * cells * 4;
        arena.u8.copyWithin(to, from, from + cells * 4);
      }
    },
  };
}

/** Where the kernel can read a run of a tensor in its own memory, also the 3 cells past it; else −1. */
function addressInPlace(
  arena: Arena,
  { data, cellStride }: Level,
  { from, rows, length, pitch }: Rows,
) {
  const address = arena.addressOf(data);
  const end = from + (rows - 1) * pitch + length + 3 * cellStride;
  return address < 0 || address + end * 4 > arena.u8.length ? -1 : address + from * 4;
}

/** NCHW: cells are neighbours, and a channel's cells one run. */
function isPlanar({ cellStride }: Level): boolean {
  return cellStride === 1;
}

/** Sides of a small NCHW level go together; they follow each other in memory. */
function sidesAtOnce({ cells }: Level, { regMax }: Predictions): number {
  return 4 * regMax * cells <= DECODE_FLOATS ? 4 : 1;
}

function planarCells({ cells }: Level, { regMax }: Predictions): number {
  return Math.min(cells, Math.max(4, Math.floor(DECODE_FLOATS / regMax)));
}

function planarRuns(level: Level, predictions: Predictions, flags: Uint8Array): Run[] {
  const sides = sidesAtOnce(level, predictions);
  const most = planarCells(level, predictions);
  const first = flags.indexOf(1);
  const end = flags.lastIndexOf(1) + 1;
  // A whole level is copied as one block: that is faster where most of it is needed.
  const needed = Math.min(WORTH_WHOLE * level.cells, level.cells - FREE_CELLS);
  const isWhole = most === level.cells && end - first > needed;
  const [from, to] = isWhole ? [0, level.cells] : [first, end];
  const runs: Run[] = [];
  for (let firstSide = 0; firstSide < 4; firstSide += sides) {
    for (let firstCell = from; firstCell < to; firstCell += most) {
      runs.push({ firstCell, cells: Math.min(most, to - firstCell), firstSide, sides });
    }
  }
  return runs;
}

/** NHWC: of each row of the grid, the cells from first to last candidate. */
function rowRuns({ height, width }: Level, flags: Uint8Array): Run[] {
  const runs: Run[] = [];
  for (let y = 0; y < height; y++) {
    const row = flags.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(1);
    if (first < 0) continue;
    const cells = row.lastIndexOf(1) + 1 - first;
    runs.push({ firstCell: y * width + first, cells, firstSide: 0, sides: 4 });
  }
  return runs;
}

/** Rows of a level's data: the first value, values a row, and from row to row. */
interface Rows {
  from: number;
  rows: number;
  length: number;
  pitch: number;
}

/** The box logits of a run; in NHWC, all channels of its cells. */
function rowsOf(level: Level, { regMax }: Predictions, image: number, run: Run): Rows {
  const { cells, cellStride } = level;
  const start = image * level.imageStride;
  if (!isPlanar(level)) {
    const length = run.cells * cellStride;
    return { from: start + run.firstCell * cellStride, rows: 1, length, pitch: length };
  }
  const channels = run.sides * regMax;
  const from = start + run.firstSide * regMax * cells;
  if (run.cells === cells) return { from, rows: 1, length: channels * cells, pitch: 0 };
  return { from: from + run.firstCell, rows: channels, length: run.cells, pitch: cells };
}

function copyRows(f32: Float32Array, at: number, data: Float32Array, rows: Rows): void {
  for (let row = 0; row < rows.rows; row++) {
    const start = rows.from + row * rows.pitch;
    f32.set(data.subarray(start, start + rows.length), at + row * rows.length);
  }
}
