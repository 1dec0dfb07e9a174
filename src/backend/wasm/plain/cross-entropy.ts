import type { Stages } from '../../../stages.ts';
import type { ClassTarget, CrossEntropyLoss, LossTensors } from '../../loss-backend.ts';
import type { Arena } from '../../runtime/arena.ts';
import { type Chain, JOIN, layOut, type Task } from '../../runtime/task.ts';
import { copyBlock, partsOf, type RowsPart } from './class-parts.ts';
import {
  addressOf,
  isInPlace,
  type LossEngine,
  PARAMETER_BYTES,
  storeParameters,
  takeOut,
  total,
} from './part.ts';

const KINDS: readonly ClassTarget['kind'][] = ['indices', 'probabilities', 'bins'];

/** Softmax cross-entropy of rows along an axis. */
export function* crossEntropy(
  engine: LossEngine,
  tensors: LossTensors,
  loss: CrossEntropyLoss,
): Stages<number> {
  const { input } = tensors;
  const parts = partsOf(loss);
  const slotBytes = parts.length === 0 ? 0 : layoutOf(loss, parts[0]).end;
  const [sum] = yield* engine.run(input.length, slotBytes, [
    allParts(engine, tensors, loss, parts),
  ]);
  return sum;
}

function* allParts(
  engine: LossEngine,
  tensors: LossTensors,
  loss: CrossEntropyLoss,
  parts: readonly RowsPart[],
): Chain<number> {
  const { arena } = engine;
  const weights = arena.take(loss.classes * 8);
  arena.f64.set(loss.weights, weights >>> 3);
  const sums: number[] = [];
  for (const [i, part] of parts.entries()) {
    yield partTask(engine, tensors, loss, part, weights, (sum) => {
      sums[i] = sum;
    });
  }
  yield JOIN;
  return total(sums);
}

/** Offsets in a slot. */
function layoutOf({ classes, target }: CrossEntropyLoss, { outers, inners }: RowsPart) {
  const rows = outers * inners;
  const floats = rows * classes;
  const [input, goal, grad, values, parameters, scratch, end] = layOut(
    floats * 4,
    (target.kind === 'probabilities' ? floats : rows) * 4,
    floats * 4,
    rows * 4,
    3 * PARAMETER_BYTES,
    classes * 32,
  );
  return { input, goal, grad, values, parameters, scratch, end };
}

function partTask(
  { arena }: LossEngine,
  tensors: LossTensors,
  loss: CrossEntropyLoss,
  part: RowsPart,
  weights: number,
  settle: (sum: number) => void,
): Task {
  const { input, grad, values, scale } = tensors;
  const { classes, inner, target } = loss;
  const at = layoutOf(loss, part);
  const rows = part.outers * part.inners;
  // Of a part of the inner axis, a copy is packed, and what is in place is not: it is all the one or the other
  const dense = target.kind === 'probabilities' ? [input, grad, target.data] : [input, grad];
  const isDirect = dense.every((data) => isInPlace(arena, data));
  const block = { classes, inner, part };
  return {
    kernel: 'crossEntropy',
    isInPlace: isDirect || isInPlace(arena, values),
    load(slot) {
      storeParameters(arena, slot + at.parameters, [scale, loss.hot, loss.spread]);
      const bring = (data: Float32Array, to: number) => {
        if (isDirect) return addressOf(arena, data, part.first, to);
        copyBlock(block, data, part.first, inner, arena.f32, to >>> 2, part.inners);
        return to;
      };
      return [
        bring(input, slot + at.input),
        target.kind === 'probabilities'
          ? bring(target.data, slot + at.goal)
          : loadTargets(arena, target.data, part.firstRow, rows, slot + at.goal),
        isDirect ? addressOf(arena, grad, part.first, 0) : slot + at.grad,
        values ? addressOf(arena, values, part.firstRow, slot + at.values) : 0,
        part.outers,
        classes,
        part.inners,
        (isDirect ? inner : part.inners) * 4,
        KINDS.indexOf(target.kind),
        weights,
        slot + at.parameters,
        slot + at.scratch,
      ];
    },
    store(slot, sum) {
      settle(sum);
      takeOut(arena, values, part.firstRow, rows, slot + at.values);
      if (isDirect) return;
      const from = (slot + at.grad) >>> 2;
      copyBlock(block, arena.f32, from, part.inners, grad, part.first, inner);
    },
  };
}

function loadTargets(
  arena: Arena,
  data: Int32Array | Float32Array,
  first: number,
  count: number,
  at: number,
): number {
  const words = data instanceof Int32Array ? arena.i32 : arena.f32;
  words.set(data.subarray(first, first + count), at >>> 2);
  return at;
}
