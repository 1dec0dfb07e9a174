import { CLASS_TARGET_KINDS } from '../../../kinds.ts';
import type { Dense } from '../../inputs.ts';
import type {
  ClassTarget,
  CrossEntropyLoss,
  LossTensors,
  MultiMarginLoss,
} from '../../loss-backend.ts';
import { passes } from '../generated/losses.ts';
import type { Window } from '../tensors.ts';
import type { Job, Stretch } from './job.ts';
import { elementsOf, recordParts } from './parts.ts';
import type { Recorded } from './recorded.ts';
import { finiteFactor, held, unitOf } from './units.ts';

/** Least number of classes at which a workgroup shares a row, if the classes are neighbours. */
const MANY_CLASSES = 64;

/**
 * Number of threads that share a row. Where rows are neighbours it is one: threads that run side by side then read
 * neighbouring memory.
 */
export function rowThreadsOf({ classes, inner }: { classes: number; inner: number }): number {
  return inner === 1 && classes >= MANY_CLASSES ? passes.crossEntropy.workgroup : 1;
}

/** Softmax cross-entropy of rows along an axis. */
export function recordCrossEntropy(
  job: Job,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense, Dense | null>,
  loss: CrossEntropyLoss<Dense>,
): Recorded {
  const { outer, classes, inner, target, hot, spread } = loss;
  const block = classes * inner;
  const { workgroup } = passes.crossEntropy;
  const rowThreads = rowThreadsOf(loss);
  const groupsOf = (count: number) => Math.ceil((count * inner * rowThreads) / workgroup);
  const shares = [...loss.weights.map((w) => w * hot), ...loss.weights.map((w) => w * spread)];
  const unit = unitOf(shares);
  const weights = job.upload(Float32Array.from(shares, (share) => finiteFactor(share / unit)));
  const cut = {
    units: outer,
    elements: block,
    values: inner,
    slotsOf: groupsOf,
    targetsOf: (own: Stretch) =>
      targetsOf(job, target, elementsOf(own, inner), elementsOf(own, block)),
    valueUnit: unit,
    gradUnit: unit,
  };
  return recordParts(job, limits, tensors, cut, ({ count }, { part, bindings }, label) => {
    const uniforms = {
      part,
      classes,
      inner,
      kind: CLASS_TARGET_KINDS.indexOf(target.kind),
    };
    const threads = groupsOf(count) * workgroup;
    job.recorder.dispatch('crossEntropy', label, threads, uniforms, { ...bindings, weights });
  });
}

function targetsOf(job: Job, target: ClassTarget<Dense>, rows: Stretch, elements: Stretch): Window {
  if (target.kind === 'probabilities') return job.input('target', target.data, elements);
  if (target.kind === 'bins') return job.input('target', target.data, rows);
  return job.upload(target.data.subarray(rows.first, rows.first + rows.count));
}

/** Multiclass hinge loss of rows. */
export function recordMultiMargin(
  job: Job,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  loss: MultiMarginLoss,
): Recorded {
  const { rows, classes, target, margin, isSquared } = loss;
  const { workgroup } = passes.multiMargin;
  const rowThreads = rowThreadsOf({ classes, inner: 1 });
  const groupsOf = (count: number) => Math.ceil((count * rowThreads) / workgroup);
  const factorUnit = unitOf(loss.factors);
  const factors = job.upload(
    Float32Array.from(loss.factors, (factor) => finiteFactor(factor / factorUnit)),
  );
  const unit = Math.max(1, unitOf([margin], 30));
  const cut = {
    units: rows,
    elements: classes,
    values: 1,
    slotsOf: groupsOf,
    targetsOf: ({ first, count }: Stretch) => job.upload(target.subarray(first, first + count)),
    valueUnit: factorUnit * unit ** (isSquared ? 2 : 1),
    gradUnit: isSquared ? factorUnit * unit : factorUnit,
  };
  return recordParts(job, limits, tensors, cut, ({ count }, { part, bindings }, label) => {
    const uniforms = {
      part,
      classes,
      isSquared: isSquared ? 1 : 0,
      margin: held(margin / unit),
      shrink: 1 / unit,
    };
    const threads = groupsOf(count) * workgroup;
    job.recorder.dispatch('multiMargin', label, threads, uniforms, { ...bindings, factors });
  });
}
