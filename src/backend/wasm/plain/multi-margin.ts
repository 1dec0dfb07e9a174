import type { Stages } from '../../../stages.ts';
import type { MultiMarginLoss } from '../../loss-backend.ts';
import type { LossEngine } from '../../programs/losses/program.ts';
import { blocksOf, type HostTensors, NO_TENSORS, partsOf, sumOf } from './part.ts';

/** Multiclass hinge loss of rows. */
export function multiMargin(
  engine: LossEngine,
  tensors: HostTensors,
  { rows: count, classes, target, factors, margin, isSquared }: MultiMarginLoss,
): Stages<number> {
  const parts = partsOf(count, classes);
  const most = parts[0]?.rows.length ?? 0;
  const at = blocksOf({
    input: most * classes * 4,
    target: most * 4,
    grad: most * classes * 4,
    values: most * 4,
  });
  const constants = { classes, isSquared, margin, scale: tensors.scale };
  const params = { ...NO_TENSORS, ...constants, rows: 0, factors: 0 };
  return sumOf(engine, tensors, {
    kernel: 'multiMargin',
    params,
    parts,
    at,
    target,
    targetOf: 'rows',
    shared: factors,
    load({ rows }, _, shared) {
      params.rows = rows.length;
      params.factors = shared;
    },
  });
}
