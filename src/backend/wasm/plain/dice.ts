import type { Stages } from '../../../stages.ts';
import type { DiceLoss, LossTensors } from '../../loss-backend.ts';
import { type Chain, JOIN, layOut, type Task } from '../../runtime/task.ts';
import {
  addressOf,
  bringIn,
  isInPlace,
  type LossEngine,
  PART_FLOATS,
  takeOut,
  total,
} from './part.ts';

/** Some rows, or a stretch of one that is too long. */
interface Part {
  /** Index of its first element. */
  from: number;
  row: number;
  rows: number;
  length: number;
}

/** Dice loss of rows: their sums first, then their gradients, which need the whole row's. */
export function* dice(engine: LossEngine, tensors: LossTensors, loss: DiceLoss): Stages<number> {
  const parts = partsOf(loss);
  const slotBytes = parts.length === 0 ? 0 : layoutOf(parts[0]).end;
  const [sum] = yield* engine.run(tensors.input.length, slotBytes, [
    bothPasses(engine, tensors, loss, parts),
  ]);
  return sum;
}

/** The first part is the largest. */
function partsOf({ rows, length }: DiceLoss): Part[] {
  if (rows * length === 0) return [];
  const parts: Part[] = [];
  if (length <= PART_FLOATS) {
    const step = Math.floor(PART_FLOATS / length);
    for (let row = 0; row < rows; row += step) {
      parts.push({ from: row * length, row, rows: Math.min(step, rows - row), length });
    }
    return parts;
  }
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < length; i += PART_FLOATS) {
      const part = Math.min(PART_FLOATS, length - i);
      parts.push({ from: row * length + i, row, rows: 1, length: part });
    }
  }
  return parts;
}

function* bothPasses(
  engine: LossEngine,
  tensors: LossTensors,
  { rows, target, smooth }: DiceLoss,
  parts: readonly Part[],
): Chain<number> {
  const sums: Float64Array[] = [];
  for (const [i, part] of parts.entries()) {
    yield sumsTask(engine, tensors, target, part, (own) => {
      sums[i] = own;
    });
  }
  yield JOIN;

  // [rows, 2] numerator and denominator
  const totals = new Float64Array(2 * rows).map((_, i) => (i % 2 === 0 ? 0 : smooth));
  parts.forEach(({ row }, p) => {
    for (const [i, sum] of sums[p].entries()) totals[2 * row + i] += sum;
  });
  const values = Array.from({ length: rows }, (_, row) => totals[2 * row] / totals[2 * row + 1]);
  tensors.values?.set(values);
  for (const part of parts) yield slopesTask(engine, tensors, target, part, totals);
  yield JOIN;
  return total(values);
}

/** Offsets in a slot. */
function layoutOf({ rows, length }: Part) {
  const bytes = rows * length * 4;
  const [input, target, grad, sums, end] = layOut(bytes, bytes, bytes, rows * 16);
  return { input, target, grad, sums, end };
}

function sumsTask(
  { arena }: LossEngine,
  { input }: LossTensors,
  target: Float32Array,
  part: Part,
  settle: (sums: Float64Array) => void,
): Task {
  const at = layoutOf(part);
  const { from, rows, length } = part;
  return {
    kernel: 'diceSums',
    load: (slot) => [
      bringIn(arena, input, from, rows * length, slot + at.input),
      bringIn(arena, target, from, rows * length, slot + at.target),
      rows,
      length,
      slot + at.sums,
    ],
    store(slot) {
      const first = (slot + at.sums) >>> 3;
      settle(arena.f64.slice(first, first + 2 * rows));
    },
  };
}

function slopesTask(
  { arena }: LossEngine,
  { input, grad, scale }: LossTensors,
  target: Float32Array,
  part: Part,
  totals: Float64Array,
): Task {
  const at = layoutOf(part);
  const { from, row, rows, length } = part;
  return {
    kernel: 'diceSlopes',
    isInPlace: isInPlace(arena, grad),
    load(slot) {
      arena.f64.set(totals.subarray(2 * row, 2 * (row + rows)), (slot + at.sums) >>> 3);
      return [
        bringIn(arena, input, from, rows * length, slot + at.input),
        bringIn(arena, target, from, rows * length, slot + at.target),
        addressOf(arena, grad, from, slot + at.grad),
        rows,
        length,
        slot + at.sums,
        scale,
      ];
    },
    store: (slot) => takeOut(arena, grad, from, rows * length, slot + at.grad),
  };
}
