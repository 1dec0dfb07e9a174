import type { Dense } from '../../backend.ts';
import type {
  ClassTarget,
  CrossEntropyLoss,
  LossTensors,
  MultiMarginLoss,
} from '../../loss-backend.ts';
import type { Pipeline } from '../compile.ts';
import { bitsOf } from '../recorder.ts';
import type { Window } from '../tensors.ts';
import type { Job, Stretch } from './job.ts';
import { elementsOf, partsOf, partWords } from './parts.ts';
import { WORKGROUP } from './pipelines.ts';
import type { Recorded } from './recorded.ts';

const KINDS: readonly ClassTarget['kind'][] = ['indices', 'probabilities', 'bins'];
/** From so many classes on, a workgroup shares a row whose classes are neighbours. */
const MANY_CLASSES = 64;

/** Threads that share a row: where rows are neighbours one is best, which reads as the others beside it. */
export function rowThreadsOf({ classes, inner }: { classes: number; inner: number }): number {
  return inner === 1 && classes >= MANY_CLASSES ? WORKGROUP : 1;
}

/** Softmax cross-entropy of rows along an axis. */
export function recordCrossEntropy(
  job: Job,
  pass: Pipeline,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense, Dense | null>,
  loss: CrossEntropyLoss<Dense>,
): Recorded {
  const { outer, classes, inner, target, hot, spread } = loss;
  const { action, names, input, grad } = tensors;
  const block = classes * inner;
  const parts = partsOf(action, outer, block, limits);
  const rowThreads = rowThreadsOf(loss);
  const groupsOf = (count: number) => Math.ceil((count * inner * rowThreads) / WORKGROUP);
  const slots = parts.reduce((sum, { count }) => sum + groupsOf(count), 0);
  const partials = job.partials(slots);
  const weights = job.upload(Float32Array.from(loss.weights));
  let slot = 0;
  for (const part of parts) {
    const elements = elementsOf(part, block);
    const rows = elementsOf(part, inner);
    const x = job.input(names?.input ?? 'input', input, elements);
    const t = targetsOf(job, target, rows, elements);
    const slopes = job.output(names?.out ?? 'out', grad, elements);
    const terms = job.values(tensors, rows);
    const groups = groupsOf(part.count);
    const windows = [x, t, slopes, terms] as const;
    const words = partWords(rows.count, windows, tensors, slot);
    const own = [classes, inner, KINDS.indexOf(target.kind), ...[hot, spread].map(bitsOf)];
    const [uniforms, bindings] = [
      [...words, ...own],
      [...windows, partials, weights],
    ];
    job.recorder.run(pass, `${slot}`, groups * WORKGROUP, uniforms, bindings);
    slot += groups;
  }
  return { slots, partials };
}

function targetsOf(job: Job, target: ClassTarget<Dense>, rows: Stretch, elements: Stretch): Window {
  if (target.kind === 'probabilities') return job.input('target', target.data, elements);
  if (target.kind === 'bins') return job.input('target', target.data, rows);
  return job.upload(target.data.subarray(rows.first, rows.first + rows.count));
}

/** Multiclass hinge loss of rows. */
export function recordMultiMargin(
  job: Job,
  pass: Pipeline,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  loss: MultiMarginLoss,
): Recorded {
  const { rows, classes, target, margin, isSquared } = loss;
  const { action, input, grad } = tensors;
  const parts = partsOf(action, rows, classes, limits);
  const rowThreads = rowThreadsOf({ classes, inner: 1 });
  const groupsOf = (count: number) => Math.ceil((count * rowThreads) / WORKGROUP);
  const slots = parts.reduce((sum, { count }) => sum + groupsOf(count), 0);
  const partials = job.partials(slots);
  const factors = job.upload(Float32Array.from(loss.factors));
  let slot = 0;
  for (const part of parts) {
    const elements = elementsOf(part, classes);
    const x = job.input('input', input, elements);
    const t = job.upload(target.subarray(part.first, part.first + part.count));
    const slopes = job.output('out', grad, elements);
    const terms = job.values(tensors, part);
    const groups = groupsOf(part.count);
    const windows = [x, t, slopes, terms] as const;
    const words = partWords(part.count, windows, tensors, slot);
    const uniforms = [...words, classes, isSquared ? 1 : 0, bitsOf(margin)];
    const bindings = [...windows, partials, factors];
    job.recorder.run(pass, `${slot}`, groups * WORKGROUP, uniforms, bindings);
    slot += groups;
  }
  return { slots, partials };
}
