import type { Stages } from '../../../stages.ts';
import type { DiceLoss } from '../../loss-backend.ts';
import type { Kernels } from '../../programs/losses/kernels.ts';
import type { LossEngine } from '../../programs/losses/program.ts';
import { type Chain, JOIN } from '../../runtime/task.ts';
import {
  blocksOf,
  bringIn,
  columnsOf,
  fitsPart,
  gradOf,
  type HostTensors,
  type Part,
  partsOf,
  total,
} from './part.ts';

/** Dice loss of rows. A row's gradient needs the sums over the whole row, so all sums come first. */
export function* dice(engine: LossEngine, tensors: HostTensors, loss: DiceLoss): Stages<number> {
  const { rows, length } = loss;
  // Parts of one row, if a row is too long
  const parts = fitsPart(length)
    ? partsOf(length === 0 ? 0 : rows, length)
    : columnsOf(rows, 1, length);
  const bytes = (parts[0]?.elements.length ?? 0) * 4;
  const sums = parts[0] ? rowsIn(parts[0], length).rows * 16 : 0;
  const at = blocksOf({ input: bytes, target: bytes, grad: bytes, sums });
  const chain = bothPasses(engine, tensors, loss, parts, at);
  const [sum] = yield* engine.run(at.end, [chain]);
  return sum;
}

function* bothPasses(
  { arena }: LossEngine,
  tensors: HostTensors,
  { rows: count, length, target, smooth }: DiceLoss,
  parts: readonly Part[],
  at: Record<'input' | 'target' | 'grad' | 'sums', number>,
): Chain<Kernels, number> {
  const grad = gradOf(arena, tensors);
  const params = {
    input: 0,
    target: 0,
    rows: 0,
    length: 0,
    sums: 0,
    grad: 0,
    scale: tensors.scale,
  };
  const load = ({ elements }: Part, slot: number, rows: number) => {
    params.input = bringIn(arena, tensors.input, elements, slot + at.input);
    params.target = bringIn(arena, target, elements, slot + at.target);
    params.rows = rows;
    params.length = elements.length / rows;
    params.sums = slot + at.sums;
    params.grad = grad.addressOf(elements.from, slot + at.grad);
    return params;
  };
  const sums: Float64Array[] = [];
  for (const [i, part] of parts.entries()) {
    const { rows } = rowsIn(part, length);
    yield {
      kernel: 'diceSums',
      load: (slot) => load(part, slot, rows),
      store(slot) {
        const first = (slot + at.sums) >>> 3;
        sums[i] = arena.f64.slice(first, first + 2 * rows);
      },
    };
  }
  yield JOIN;

  // [rows, 2] numerator and denominator
  const totals = new Float64Array(2 * count).map((_, i) => (i % 2 === 0 ? 0 : smooth));
  parts.forEach((part, p) => {
    const { row } = rowsIn(part, length);
    for (const [i, sum] of sums[p].entries()) totals[2 * row + i] += sum;
  });
  const values = Array.from({ length: count }, (_, row) => totals[2 * row] / totals[2 * row + 1]);
  tensors.values?.set(values);
  for (const part of parts) {
    const { row, rows } = rowsIn(part, length);
    yield {
      kernel: 'diceGrad',
      isInPlace: grad.isDirect,
      load(slot) {
        arena.f64.set(totals.subarray(2 * row, 2 * (row + rows)), (slot + at.sums) >>> 3);
        return load(part, slot, rows);
      },
      store: (slot) => grad.takeOut(part.elements, slot + at.grad),
    };
  }
  yield JOIN;
  return total(values);
}

/** First row of a part, and number of its rows. */
function rowsIn({ elements: { from, length: floats } }: Part, length: number) {
  return { row: Math.floor(from / length), rows: Math.ceil(floats / length) };
}
