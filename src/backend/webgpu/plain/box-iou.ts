import { IOU_KINDS } from '../../../kinds.ts';
import type { Dense } from '../../inputs.ts';
import type { BoxIouLoss, LossTensors } from '../../loss-backend.ts';
import { passes } from '../generated/losses.ts';
import type { Job, Stretch } from './job.ts';
import { elementsOf, recordParts } from './parts.ts';
import type { Recorded } from './recorded.ts';

/** 1 − similarity of box pairs. */
export function recordBoxIou(
  job: Job,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  { kind, count, target }: BoxIouLoss<Dense>,
): Recorded {
  const isRotated = kind === 'probiou';
  const { workgroup } = isRotated ? passes.rotatedIou : passes.boxIou;
  const elements = isRotated ? 5 : 4;
  const cut = {
    units: count,
    elements,
    values: 1,
    slotsOf: (pairs: number) => Math.ceil(pairs / workgroup),
    targetsOf: (pairs: Stretch) => job.input('target', target, elementsOf(pairs, elements)),
  };
  return recordParts(job, limits, tensors, cut, (pairs, { part, bindings }, label) => {
    if (isRotated) {
      job.recorder.dispatch('rotatedIou', label, pairs.count, { part }, bindings);
    } else {
      const uniforms = { part, kind: IOU_KINDS.indexOf(kind) };
      job.recorder.dispatch('boxIou', label, pairs.count, uniforms, bindings);
    }
  });
}
