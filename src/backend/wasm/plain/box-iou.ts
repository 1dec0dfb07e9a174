import type { Stages } from '../../../stages.ts';
import type { BoxIouLoss } from '../../loss-backend.ts';
import { BOX_IOU_SCRATCH_BYTES } from '../../programs/losses/kernels.ts';
import type { LossEngine } from '../../programs/losses/program.ts';
import { blocksOf, type HostTensors, NO_TENSORS, partsOf, sumOf } from './part.ts';

/** Pairs that one task compares. */
const PAIRS_A_TASK = 1024;

/** 1 − similarity of box pairs. */
export function boxIou(
  engine: LossEngine,
  tensors: HostTensors,
  { kind, count, target }: BoxIouLoss,
): Stages<number> {
  const parts = partsOf(count, kind === 'probiou' ? 5 : 4, { most: PAIRS_A_TASK });
  const bytes = (parts[0]?.elements.length ?? 0) * 4;
  const at = blocksOf({
    input: bytes,
    target: bytes,
    grad: bytes,
    values: PAIRS_A_TASK * 4,
    scratch: BOX_IOU_SCRATCH_BYTES,
  });
  const params = { ...NO_TENSORS, count: 0, kind, scale: tensors.scale, scratch: 0 };
  return sumOf(engine, tensors, {
    kernel: 'boxIou',
    params,
    parts,
    at,
    target,
    targetOf: 'elements',
    load({ rows }, slot) {
      params.count = rows.length;
      params.scratch = slot + at.scratch;
    },
  });
}
