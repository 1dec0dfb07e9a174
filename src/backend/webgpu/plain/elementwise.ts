import { type Dense, lengthOf } from '../../backend.ts';
import type { ElementwiseLoss, LossTensors } from '../../loss-backend.ts';
import { splitPower } from '../../split-power.ts';
import type { Pipeline } from '../compile.ts';
import { bitsOf } from '../recorder.ts';
import type { Job } from './job.ts';
import { partsOf, partWords } from './parts.ts';
import { ELEMENTS, WORKGROUP } from './pipelines.ts';
import type { Recorded } from './recorded.ts';

/** A loss of every element by itself. */
export function recordElementwise(
  job: Job,
  pass: Pipeline,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  loss: ElementwiseLoss<Dense>,
): Recorded {
  const { action, input, grad } = tensors;
  const parts = partsOf(action, lengthOf(input), 1, limits);
  const groupsOf = (count: number) => Math.ceil(count / (ELEMENTS * WORKGROUP));
  const slots = parts.reduce((sum, { count }) => sum + groupsOf(count), 0);
  const partials = job.partials(slots);
  const { bindings, periods } = weightsOf(job, loss);
  const own = parametersOf(loss);
  let slot = 0;
  for (const part of parts) {
    const x = job.input('input', input, part);
    const t = job.input('target', loss.target, part);
    const slopes = job.output('out', grad, part);
    const terms = job.values(tensors, part);
    const groups = groupsOf(part.count);
    const windows = [x, t, slopes, terms] as const;
    const words = partWords(part.count, windows, tensors, slot);
    const uniforms = [...words, part.first, ...periods, ...own];
    const all = [...windows, partials, ...bindings];
    job.recorder.run(pass, `${slot}`, groups * WORKGROUP, uniforms, all);
    slot += groups;
  }
  return { slots, partials };
}

/** Weights of either kind in one buffer, and their periods. */
function weightsOf(job: Job, loss: ElementwiseLoss<Dense>) {
  if (loss.loss !== 'bceWithLogits') return { bindings: [], periods: [0, 0] };
  const [weight, posWeight] = [loss.weight ?? [], loss.posWeight ?? []];
  const both = Float32Array.from([...weight, ...posWeight]);
  return { bindings: [job.upload(both)], periods: [weight.length, posWeight.length] };
}

/** α, power and its two parts, δ, factor: the ends of the shader's struct. */
function parametersOf(loss: ElementwiseLoss<Dense>): number[] {
  const powers = (alpha: number, power: number) => {
    const [whole, rest] = splitPower(power);
    return [bitsOf(alpha), bitsOf(power), whole, bitsOf(rest), 0, 0];
  };
  switch (loss.loss) {
    case 'huber':
      return [0, 0, 0, 0, bitsOf(loss.delta), bitsOf(loss.factor)];
    case 'focal':
    case 'varifocal':
      return powers(loss.alpha, loss.gamma);
    case 'qualityFocal':
      return powers(0, loss.beta);
    default:
      return powers(0, 0);
  }
}
