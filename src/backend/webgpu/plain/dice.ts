import type { Dense } from '../../backend.ts';
import type { DiceLoss, LossTensors } from '../../loss-backend.ts';
import type { Pipeline } from '../compile.ts';
import { bitsOf } from '../recorder.ts';
import type { Job } from './job.ts';
import { elementsOf, partsOf, partWords } from './parts.ts';
import { ELEMENTS, WORKGROUP } from './pipelines.ts';
import type { Recorded } from './recorded.ts';

/** Dice loss of rows: their sums first, then their gradients, which need the whole row's. */
export function recordDice(
  job: Job,
  [sumsPass, pass]: readonly Pipeline[],
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  { rows, length, target, smooth }: DiceLoss<Dense>,
): Recorded {
  const { action, input, grad } = tensors;
  const parts = partsOf(action, rows, length, limits);
  const stretches = Math.ceil(length / (ELEMENTS * WORKGROUP));
  const partials = job.partials(rows);
  for (const part of parts) {
    const elements = elementsOf(part, length);
    const x = job.input('input', input, elements);
    const t = job.input('target', target, elements);
    const slopes = job.output('out', grad, elements);
    const terms = job.values(tensors, part);
    const sums = job.partials(part.count * stretches);
    const threads = part.count * stretches * WORKGROUP;
    const shape = [part.count, length, stretches, x.base, t.base];
    job.recorder.run(sumsPass, `${part.first}`, threads, shape, [x, t, sums]);
    const windows = [x, t, slopes, terms] as const;
    const words = partWords(part.count, windows, tensors, part.first);
    const uniforms = [...words, length, stretches, bitsOf(smooth)];
    const bindings = [...windows, partials, sums];
    job.recorder.run(pass, `${part.first}`, threads, uniforms, bindings);
  }
  return { slots: rows, partials };
}
