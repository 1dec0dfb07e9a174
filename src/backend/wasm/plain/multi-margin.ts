import type { Stages } from '../../../stages.ts';
import type { LossTensors, MultiMarginLoss } from '../../loss-backend.ts';
import { type Chain, JOIN, layOut, type Task } from '../../runtime/task.ts';
import {
  addressOf,
  bringIn,
  isInPlace,
  type LossEngine,
  PARAMETER_BYTES,
  PART_FLOATS,
  storeParameters,
  takeOut,
  total,
} from './part.ts';

/** Multiclass hinge loss of rows. */
export function* multiMargin(
  engine: LossEngine,
  tensors: LossTensors,
  loss: MultiMarginLoss,
): Stages<number> {
  const step = Math.min(loss.rows, Math.max(1, Math.floor(PART_FLOATS / loss.classes)));
  const chain = allParts(engine, tensors, loss, step);
  const [sum] = yield* engine.run(tensors.input.length, layoutOf(step, loss.classes).end, [chain]);
  return sum;
}

function* allParts(
  engine: LossEngine,
  tensors: LossTensors,
  loss: MultiMarginLoss,
  step: number,
): Chain<number> {
  const { arena } = engine;
  const factors = arena.take(loss.classes * 8);
  arena.f64.set(loss.factors, factors >>> 3);
  const sums: number[] = [];
  for (let first = 0; first < loss.rows; first += step) {
    const part = { first, rows: Math.min(step, loss.rows - first) };
    yield partTask(engine, tensors, loss, part, factors, (sum) => {
      sums[first / step] = sum;
    });
  }
  yield JOIN;
  return total(sums);
}

/** Offsets in a slot. */
function layoutOf(rows: number, classes: number) {
  const [input, target, grad, values, parameters, end] = layOut(
    rows * classes * 4,
    rows * 4,
    rows * classes * 4,
    rows * 4,
    2 * PARAMETER_BYTES,
  );
  return { input, target, grad, values, parameters, end };
}

function partTask(
  { arena }: LossEngine,
  { input, grad, values, scale }: LossTensors,
  { classes, target, margin, isSquared }: MultiMarginLoss,
  { first, rows }: { first: number; rows: number },
  factors: number,
  settle: (sum: number) => void,
): Task {
  const at = layoutOf(rows, classes);
  const [from, count] = [first * classes, rows * classes];
  return {
    kernel: 'multiMargin',
    isInPlace: isInPlace(arena, grad) || isInPlace(arena, values),
    load(slot) {
      arena.i32.set(target.subarray(first, first + rows), (slot + at.target) >>> 2);
      storeParameters(arena, slot + at.parameters, [scale, margin]);
      return [
        bringIn(arena, input, from, count, slot + at.input),
        slot + at.target,
        addressOf(arena, grad, from, slot + at.grad),
        values ? addressOf(arena, values, first, slot + at.values) : 0,
        rows,
        classes,
        isSquared ? 1 : 0,
        factors,
        slot + at.parameters,
      ];
    },
    store(slot, sum) {
      settle(sum);
      takeOut(arena, grad, from, count, slot + at.grad);
      takeOut(arena, values, first, rows, slot + at.values);
    },
  };
}
