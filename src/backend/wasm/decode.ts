import type { FoundCandidates } from '../assign/candidates.ts';
import type { Level, Predictions } from '../inputs.ts';
import type { Kernels } from '../programs/criteria/kernels.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { Arena } from '../runtime/arena.ts';
import { SlotLayout, type Task } from '../runtime/task.ts';

/** Box logits that one task decodes, if a cell or row of them is not more. */
const DECODE_FLOATS = 1 << 17;
/** Share of a level's cells between first and last candidate above which copying all of them is faster. */
const WORTH_WHOLE = 0.75;
/** Cells that may be copied in vain in a row: a copy of its own takes as long. */
const FREE_CELLS = 256;

/** Cells and sides whose distances one task decodes. */
interface Run {
  level: Level;
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
  engine: CriteriaEngine,
  predictions: Predictions,
  image: number,
  { cover, pairs }: FoundCandidates,
  distances: number,
): Generator<Task<Kernels>> {
  for (let l = 0; l < predictions.levels.length; l++) {
    if (pairs[l] === 0) continue;
    const level = predictions.levels[l];
    const { firstAnchor, cells } = level;
    const flags = engine.arena.u8.subarray(cover + firstAnchor, cover + firstAnchor + cells);
    const runs = isPlanar(level) ? planarRuns(level, predictions, flags) : rowRuns(level, flags);
    for (const run of runs) yield decodeTask(engine, predictions, image, run, { cover, distances });
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
  const layout = new SlotLayout();
  return {
    logits: layout.take(bytes),
    out: layout.take(sides * cells * 4),
    end: layout.end,
  };
}

function decodeTask(
  { arena }: CriteriaEngine,
  predictions: Predictions,
  image: number,
  run: Run,
  { cover, distances }: { cover: number; distances: number },
): Task<Kernels> {
  const { regMax, anchors } = predictions;
  const { level, firstSide, sides, firstCell, cells } = run;
  const firstAnchor = level.firstAnchor + firstCell;
  const at = layoutOf(level, predictions, run);
  const rows = rowsOf(level, predictions, image, run);
  const inPlace = addressInPlace(arena, level, rows);
  const binPitch = inPlace < 0 ? cells : level.cells;
  const [binStride, cellStride] = isPlanar(level) ? [binPitch * 4, 4] : [4, level.cellStride * 4];
  return {
    kernel: 'decode',
    load(slot) {
      const logits = inPlace < 0 ? slot + at.logits : inPlace;
      if (inPlace < 0) copyRows(arena, logits, level.data, rows);
      return {
        logits,
        binStride,
        cellStride,
        bins: regMax,
        sides,
        cells,
        cover: cover + firstAnchor,
        distances: slot + at.out,
      };
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

/** Address of a run of a tensor that the kernel can read in its own memory, with 3 cells past it; −1 if there is none. */
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
      runs.push({ level, firstCell, cells: Math.min(most, to - firstCell), firstSide, sides });
    }
  }
  return runs;
}

/** NHWC: of each row of the grid, the cells from first to last candidate. */
function rowRuns(level: Level, flags: Uint8Array): Run[] {
  const { height, width } = level;
  const runs: Run[] = [];
  for (let y = 0; y < height; y++) {
    const row = flags.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(1);
    if (first < 0) continue;
    const cells = row.lastIndexOf(1) + 1 - first;
    runs.push({ level, firstCell: y * width + first, cells, firstSide: 0, sides: 4 });
  }
  return runs;
}

/** Rows of a level's data: index of the first value, number of rows, values per row, and values from row to row. */
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

function copyRows(arena: Arena, at: number, data: Float32Array, rows: Rows): void {
  for (let row = 0; row < rows.rows; row++) {
    const to = at + row * rows.length * 4;
    arena.bringIn(to, data, rows.from + row * rows.pitch, rows.length);
  }
}
