import type { BoxIouKind } from '../../../loss-types.ts';
import type { Dense } from '../../backend.ts';
import type { BoxIouLoss, LossTensors } from '../../loss-backend.ts';
import type { Pipeline } from '../compile.ts';
import type { Job } from './job.ts';
import { elementsOf, partsOf, partWords } from './parts.ts';
import { WORKGROUP } from './pipelines.ts';
import type { Recorded } from './recorded.ts';

/** In the order of the shaders' numbers. */
const UPRIGHT: readonly BoxIouKind[] = ['iou', 'giou', 'diou', 'ciou', 'eiou', 'siou'];

/** 1 − similarity of box pairs. */
export function recordBoxIou(
  job: Job,
  pass: Pipeline,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  { kind, count, target }: BoxIouLoss<Dense>,
): Recorded {
  const { action, input, grad } = tensors;
  const numbers = kind === 'probiou' ? 5 : 4;
  const parts = partsOf(action, count, numbers, limits);
  const groupsOf = (pairs: number) => Math.ceil(pairs / WORKGROUP);
  const slots = parts.reduce((sum, part) => sum + groupsOf(part.count), 0);
  const partials = job.partials(slots);
  let slot = 0;
  for (const part of parts) {
    const elements = elementsOf(part, numbers);
    const x = job.input('input', input, elements);
    const t = job.input('target', target, elements);
    const slopes = job.output('out', grad, elements);
    const terms = job.values(tensors, part);
    const windows = [x, t, slopes, terms] as const;
    const words = partWords(part.count, windows, tensors, slot);
    const uniforms = kind === 'probiou' ? words : [...words, UPRIGHT.indexOf(kind)];
    job.recorder.run(pass, `${slot}`, part.count, uniforms, [...windows, partials]);
    slot += groupsOf(part.count);
  }
  return { slots, partials };
}
