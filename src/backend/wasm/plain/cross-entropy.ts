import type { Stages } from '../../../stages.ts';
import type { CrossEntropyLoss } from '../../loss-backend.ts';
import { CROSS_ENTROPY_CLASS_BYTES } from '../../programs/losses/kernels.ts';
import type { LossEngine } from '../../programs/losses/program.ts';
import { blocksOf, columnsOf, fitsPart, gradOf, type HostTensors, partsOf, sumOf } from './part.ts';

/** Softmax cross-entropy of rows along an axis. */
export function crossEntropy(
  engine: LossEngine,
  tensors: HostTensors,
  { outer, classes, inner, target, weights, hot, spread }: CrossEntropyLoss,
): Stages<number> {
  const { arena } = engine;
  const block = classes * inner;
  const isWhole = inner === 1 || fitsPart(block);
  const parts = isWhole
    ? partsOf(block === 0 ? 0 : outer, block, { rows: inner })
    : columnsOf(outer, classes, inner);
  const most = parts[0]?.rows.length ?? 0;
  const isDense = target.kind === 'probabilities';
  // A copy of some columns is packed and columns in place are not, but one pitch serves all tensors of the input's shape
  const inputs = isDense ? [tensors.input, target.data] : [tensors.input];
  const isDirect =
    gradOf(arena, tensors).isDirect && inputs.every((data) => arena.addressOf(data) >= 0);
  const isPacked = !isWhole && !isDirect;
  const at = blocksOf({
    input: most * classes * 4,
    target: most * (isDense ? classes : 1) * 4,
    grad: most * classes * 4,
    values: most * 4,
    scratch: classes * CROSS_ENTROPY_CLASS_BYTES,
  });
  const params = {
    input: 0,
    target: 0,
    grad: 0,
    values: 0,
    kind: target.kind,
    outer: 1,
    classes,
    inner,
    pitch: inner * 4,
    weights: 0,
    hot,
    spread,
    scale: tensors.scale,
    scratch: 0,
  };
  return sumOf(engine, tensors, {
    kernel: 'crossEntropy',
    params,
    parts,
    at,
    target: target.data,
    targetOf: isDense ? 'elements' : 'rows',
    isPacked,
    shared: weights,
    load({ rows }, slot, shared) {
      if (isWhole) params.outer = rows.length / inner;
      else params.inner = rows.length;
      if (isPacked) params.pitch = rows.length * 4;
      params.weights = shared;
      params.scratch = slot + at.scratch;
    },
  });
}
