import type { Stages } from '../../../stages.ts';
import type { ElementwiseLoss } from '../../loss-backend.ts';
import { ELEMENTWISE_SCRATCH_BYTES } from '../../programs/losses/kernels.ts';
import type { LossEngine } from '../../programs/losses/program.ts';
import { splitPower } from '../../split-power.ts';
import { blocksOf, type HostTensors, NO_TENSORS, partsOf, sumOf } from './part.ts';
import { storeRepeated } from './store-repeated.ts';

const NO_WEIGHTS = { weight: 0, posWeight: 0 };

/** A loss that treats every element by itself. */
export function elementwise(
  engine: LossEngine,
  tensors: HostTensors,
  loss: ElementwiseLoss,
): Stages<number> {
  const { arena } = engine;
  const { input, scale } = tensors;
  const parts = partsOf(input.length, 1);
  const bytes = (parts[0]?.elements.length ?? 0) * 4;
  const at = blocksOf({
    input: bytes,
    target: bytes,
    grad: bytes,
    values: bytes,
    weight: 2 * bytes,
    posWeight: 2 * bytes,
    scratch: ELEMENTWISE_SCRATCH_BYTES,
  });
  const { weight, posWeight } =
    loss.loss === 'bceWithLogits' ? loss : { weight: null, posWeight: null };
  const params = {
    ...NO_TENSORS,
    ...parametersOf(loss),
    scale,
    ...NO_WEIGHTS,
    count: 0,
    scratch: 0,
  };
  return sumOf(engine, tensors, {
    kernel: loss.loss,
    params,
    parts,
    at,
    target: loss.target,
    targetOf: 'elements',
    load({ elements: { from, length } }, slot) {
      params.count = length;
      params.scratch = slot + at.scratch;
      if (weight) params.weight = storeRepeated(arena, slot + at.weight, weight, from, length);
      if (posWeight) {
        params.posWeight = storeRepeated(arena, slot + at.posWeight, posWeight, from, length);
      }
    },
  });
}

/** Parameters that only some losses have; 0 for those that do not read them. */
function parametersOf(loss: ElementwiseLoss) {
  const none = { alpha: 0, gamma: 0, beta: 0, delta: 0, factor: 0 };
  const { alpha, gamma, beta, delta, factor } = { ...none, ...loss };
  const power = loss.loss === 'qualityFocal' ? beta : gamma;
  const [wholePower, restPower] = splitPower(power);
  return { alpha, power, wholePower, restPower, delta, factor };
}
