import { type Dense, lengthOf } from '../../inputs.ts';
import type { ElementwiseLoss, LossTensors } from '../../loss-backend.ts';
import { splitPower } from '../../split-power.ts';
import { ELEMENTS_A_THREAD, type ElementwiseUniforms, passes } from '../generated/losses.ts';
import type { Job, Stretch } from './job.ts';
import { recordParts } from './parts.ts';
import type { Recorded } from './recorded.ts';

/** A loss of every element by itself. */
export function recordElementwise(
  job: Job,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  loss: ElementwiseLoss<Dense>,
): Recorded {
  const { workgroup } = passes[loss.loss];
  const groupsOf = (count: number) => Math.ceil(count / (ELEMENTS_A_THREAD * workgroup));
  const parameters = { ...NONE, ...parametersOf(loss) };
  const weights = loss.loss === 'bceWithLogits' ? job.upload(weightsOf(loss)) : null;
  const cut = {
    units: lengthOf(tensors.input),
    elements: 1,
    values: 1,
    slotsOf: groupsOf,
    targetsOf: (own: Stretch) => job.input('target', loss.target, own),
  };
  return recordParts(job, limits, tensors, cut, ({ first, count }, { part, bindings }, label) => {
    const threads = groupsOf(count) * workgroup;
    const uniforms = { part, first, ...parameters };
    if (weights) {
      job.recorder.dispatch('bceWithLogits', label, threads, uniforms, { ...bindings, weights });
    } else {
      job.recorder.dispatch(loss.loss as Unweighted, label, threads, uniforms, bindings);
    }
  });
}

type Weighted = Extract<ElementwiseLoss<Dense>, { loss: 'bceWithLogits' }>;
type Unweighted = Exclude<ElementwiseLoss['loss'], 'bceWithLogits'>;

/** Weights of either kind in one array. */
function weightsOf({ weight, posWeight }: Weighted): Float32Array {
  return Float32Array.from([...(weight ?? []), ...(posWeight ?? [])]);
}

type Parameters = Omit<ElementwiseUniforms, 'part' | 'first'>;

const NONE: Parameters = {
  weights: 0,
  posWeights: 0,
  alpha: 0,
  power: 0,
  whole: 0,
  rest: 0,
  delta: 0,
  factor: 0,
};

/** Parameters that a loss has. */
function parametersOf(loss: ElementwiseLoss<Dense>): Partial<Parameters> {
  switch (loss.loss) {
    case 'bceWithLogits':
      return { weights: loss.weight?.length ?? 0, posWeights: loss.posWeight?.length ?? 0 };
    case 'huber':
      return { delta: loss.delta, factor: loss.factor };
    case 'focal':
    case 'varifocal':
      return { alpha: loss.alpha, ...powerOf(loss.gamma) };
    case 'qualityFocal':
      return powerOf(loss.beta);
    default:
      return {};
  }
}

function powerOf(power: number): Pick<Parameters, 'power' | 'whole' | 'rest'> {
  const [whole, rest] = splitPower(power);
  return { power, whole, rest };
}
