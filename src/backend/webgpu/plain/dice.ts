import type { Dense } from '../../inputs.ts';
import type { DiceLoss, LossTensors } from '../../loss-backend.ts';
import { ELEMENTS_A_THREAD, passes } from '../generated/losses.ts';
import type { Job, Stretch } from './job.ts';
import { elementsOf, recordParts } from './parts.ts';
import type { Recorded } from './recorded.ts';
import { held } from './units.ts';

/** Dice loss of rows: their sums first, then their gradients, which need the whole row's. */
export function recordDice(
  job: Job,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  { rows, length, target, smooth }: DiceLoss<Dense>,
): Recorded {
  const { workgroup } = passes.dice;
  const stretches = Math.ceil(length / (ELEMENTS_A_THREAD * workgroup));
  const cut = {
    units: rows,
    elements: length,
    values: 1,
    slotsOf: (own: number) => own,
    targetsOf: (own: Stretch) => job.input('target', target, elementsOf(own, length)),
  };
  return recordParts(job, limits, tensors, cut, ({ count }, { part, bindings }, label) => {
    const sums = job.partials(count * stretches);
    const threads = count * stretches * workgroup;
    const { inputBase, targetBase } = part;
    const shape = { rows: count, length, stretches, inputBase, targetBase };
    const { inputs, targets } = bindings;
    job.recorder.dispatch('diceSums', label, threads, shape, { inputs, targets, partials: sums });
    const uniforms = { part, length, stretches, smoothBy: held(smooth) };
    job.recorder.dispatch('dice', label, threads, uniforms, { ...bindings, sums });
  });
}
