import type { Stages } from '../../../stages.ts';
import type { BoxIouLoss, LossTensors } from '../../loss-backend.ts';
import { type Chain, JOIN, layOut, type Task } from '../../runtime/task.ts';
import { addressOf, bringIn, isInPlace, type LossEngine, takeOut, total } from './part.ts';

/** In the order of the kernel's numbers. */
const UPRIGHT = ['iou', 'giou', 'diou', 'ciou', 'eiou', 'siou'] as const;
/** Pairs that one task compares. */
const PAIRS_A_TASK = 1024;
/** What the larger kernel needs. */
const SCRATCH_BYTES = 10 * 16;

/** 1 − similarity of box pairs. */
export function* boxIou(
  engine: LossEngine,
  tensors: LossTensors,
  loss: BoxIouLoss,
): Stages<number> {
  const most = Math.min(loss.count, PAIRS_A_TASK);
  const slotBytes = layoutOf(most, numbersOf(loss)).end;
  const [sum] = yield* engine.run(tensors.input.length, slotBytes, [
    allParts(engine, tensors, loss),
  ]);
  return sum;
}

function* allParts(engine: LossEngine, tensors: LossTensors, loss: BoxIouLoss): Chain<number> {
  const sums: number[] = [];
  for (let first = 0; first < loss.count; first += PAIRS_A_TASK) {
    const part = { first, pairs: Math.min(PAIRS_A_TASK, loss.count - first) };
    yield partTask(engine, tensors, loss, part, sums);
  }
  yield JOIN;
  return total(sums);
}

/** Numbers that a box is given by. */
function numbersOf({ kind }: BoxIouLoss): number {
  return kind === 'probiou' ? 5 : 4;
}

/** Offsets in a slot. */
function layoutOf(pairs: number, numbers: number) {
  const bytes = pairs * numbers * 4;
  const [input, target, grad, values, scratch, end] = layOut(
    ...[bytes, bytes, bytes],
    pairs * 4,
    SCRATCH_BYTES,
  );
  return { input, target, grad, values, scratch, end };
}

function partTask(
  { arena }: LossEngine,
  { input, grad, values, scale }: LossTensors,
  loss: BoxIouLoss,
  { first, pairs }: { first: number; pairs: number },
  sums: number[],
): Task {
  const { kind, target } = loss;
  const numbers = numbersOf(loss);
  const at = layoutOf(pairs, numbers);
  const [from, count] = [first * numbers, pairs * numbers];
  return {
    kernel: kind === 'probiou' ? 'rotatedIou' : 'boxIou',
    isInPlace: isInPlace(arena, grad) || isInPlace(arena, values),
    load(slot) {
      return [
        bringIn(arena, input, from, count, slot + at.input),
        bringIn(arena, target, from, count, slot + at.target),
        pairs,
        ...(kind === 'probiou' ? [] : [UPRIGHT.indexOf(kind)]),
        addressOf(arena, grad, from, slot + at.grad),
        values ? addressOf(arena, values, first, slot + at.values) : 0,
        scale,
        slot + at.scratch,
      ];
    },
    store(slot, sum) {
      sums[first / PAIRS_A_TASK] = sum;
      takeOut(arena, grad, from, count, slot + at.grad);
      takeOut(arena, values, first, pairs, slot + at.values);
    },
  };
}
