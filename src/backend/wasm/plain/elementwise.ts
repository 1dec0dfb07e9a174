import type { Stages } from '../../../stages.ts';
import type { ElementwiseLoss, LossTensors } from '../../loss-backend.ts';
import { type Chain, JOIN, layOut, type Task } from '../../runtime/task.ts';
import { splitPower } from '../../split-power.ts';
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
import { storeRepeated } from './store-repeated.ts';

const MOST_PARAMETERS = 5;
const SCRATCH_BYTES = 8;
const ONES = Float32Array.of(1);

/** A loss of every element by itself. */
export function* elementwise(
  engine: LossEngine,
  tensors: LossTensors,
  loss: ElementwiseLoss,
): Stages<number> {
  const { input } = tensors;
  const [sum] = yield* engine.run(input.length, layoutOf(Math.min(input.length, PART_FLOATS)).end, [
    allParts(engine, tensors, loss),
  ]);
  return sum;
}

function* allParts(engine: LossEngine, tensors: LossTensors, loss: ElementwiseLoss): Chain<number> {
  const { length } = tensors.input;
  const sums: number[] = [];
  for (let from = 0; from < length; from += PART_FLOATS) {
    const part = { from, count: Math.min(PART_FLOATS, length - from) };
    yield partTask(engine, tensors, loss, part, sums);
  }
  yield JOIN;
  return total(sums);
}

/** Offsets in a slot. */
function layoutOf(count: number) {
  const bytes = count * 4;
  const parameterBytes = MOST_PARAMETERS * PARAMETER_BYTES;
  const [input, target, grad, values, weight, posWeight, parameters, scratch, end] = layOut(
    ...[bytes, bytes, bytes, bytes, bytes, bytes],
    parameterBytes,
    SCRATCH_BYTES,
  );
  return { input, target, grad, values, weight, posWeight, parameters, scratch, end };
}

function partTask(
  { arena }: LossEngine,
  { input, grad, values, scale }: LossTensors,
  loss: ElementwiseLoss,
  { from, count }: { from: number; count: number },
  sums: number[],
): Task {
  const at = layoutOf(count);
  const { weight, posWeight } = weightsOf(loss);
  const isWeighted = weight !== null || posWeight !== null;
  return {
    kernel: isWeighted ? 'weightedBceWithLogits' : loss.loss,
    isInPlace: isInPlace(arena, grad) || isInPlace(arena, values),
    load(slot) {
      const parameters = slot + at.parameters;
      storeParameters(arena, parameters, [scale, ...parametersOf(loss)]);
      if (isWeighted) {
        storeRepeated(arena, slot + at.weight, weight ?? ONES, from, count);
        storeRepeated(arena, slot + at.posWeight, posWeight ?? ONES, from, count);
        arena.f64.set([slot + at.weight, slot + at.posWeight], (parameters + 16) >>> 3);
      }
      return [
        bringIn(arena, input, from, count, slot + at.input),
        bringIn(arena, loss.target, from, count, slot + at.target),
        count,
        addressOf(arena, grad, from, slot + at.grad),
        values ? addressOf(arena, values, from, slot + at.values) : 0,
        parameters,
        slot + at.scratch,
      ];
    },
    store(slot, sum) {
      sums[from / PART_FLOATS] = sum;
      takeOut(arena, grad, from, count, slot + at.grad);
      takeOut(arena, values, from, count, slot + at.values);
    },
  };
}

function weightsOf(loss: ElementwiseLoss) {
  return loss.loss === 'bceWithLogits' ? loss : { weight: null, posWeight: null };
}

/** What a kernel is told beside the scale, in its order. */
function parametersOf(loss: ElementwiseLoss): number[] {
  switch (loss.loss) {
    case 'huber':
      return [loss.delta, loss.factor];
    case 'focal':
    case 'varifocal':
      return [loss.alpha, loss.gamma, ...splitPower(loss.gamma)];
    case 'qualityFocal':
      return [loss.beta, ...splitPower(loss.beta)];
    default:
      return [];
  }
}
