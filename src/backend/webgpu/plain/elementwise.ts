import { type Dense, lengthOf } from '../../inputs.ts';
import type { ElementwiseLoss, LossTensors } from '../../loss-backend.ts';
import { splitPower } from '../../split-power.ts';
import { ELEMENTS_A_THREAD, type ElementwiseUniforms, passes } from '../generated/losses.ts';
import type { Job, Stretch } from './job.ts';
import { recordParts } from './parts.ts';
import type { Recorded } from './recorded.ts';
import { finiteFactor, held, unitOf } from './units.ts';

/** A loss of every element by itself. */
export function recordElementwise(
  job: Job,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense>,
  loss: ElementwiseLoss<Dense>,
): Recorded {
  const { workgroup } = passes[loss.loss];
  const groupsOf = (count: number) => Math.ceil(count / (ELEMENTS_A_THREAD * workgroup));
  const units = unitsOf(loss);
  const parameters = { ...NONE, ...parametersOf(loss, units), one: 1 / units.class };
  const weights = loss.loss === 'bceWithLogits' ? job.upload(weightsOf(loss, units)) : null;
  const unit = units.weight * units.class;
  const cut = {
    units: lengthOf(tensors.input),
    elements: 1,
    values: 1,
    slotsOf: groupsOf,
    targetsOf: (own: Stretch) => job.input('target', loss.target, own),
    valueUnit: unit,
    gradUnit: unit,
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

/** Units of weights of elements, and of weights of one class: positives, or varifocal loss's negatives. */
interface Units {
  weight: number;
  class: number;
}

function unitsOf(loss: ElementwiseLoss<Dense>): Units {
  switch (loss.loss) {
    case 'bceWithLogits':
      return { weight: unitOf(loss.weight ?? []), class: classUnit(loss.posWeight ?? []) };
    case 'varifocal':
      return { weight: 1, class: classUnit([loss.alpha]) };
    case 'huber':
      return { weight: Math.min(1, unitOf([loss.delta * loss.factor])), class: 1 };
    default:
      return { weight: 1, class: 1 };
  }
}

/** Unit of weights of one class, positives or negatives, where the other's is 1. */
function classUnit(weights: Iterable<number>): number {
  return Math.max(1, Math.min(unitOf(weights, 40), 2 ** 100));
}

/** Weights of either kind in one array. */
function weightsOf({ weight, posWeight }: Weighted, units: Units): Float32Array {
  const own = Array.from(weight ?? [], (w) => w / units.weight);
  return Float32Array.from([...own, ...Array.from(posWeight ?? [], (w) => w / units.class)]);
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
  steep: 0,
  divisor: 1,
  otherDivisor: 1,
  one: 1,
};

/** Parameters that a loss has. */
function parametersOf(loss: ElementwiseLoss<Dense>, units: Units): Partial<Parameters> {
  switch (loss.loss) {
    case 'bceWithLogits':
      return { weights: loss.weight?.length ?? 0, posWeights: loss.posWeight?.length ?? 0 };
    case 'huber':
      return huberParameters(loss.delta, loss.factor, units.weight);
    case 'focal':
    case 'varifocal':
      return { alpha: loss.alpha / units.class, ...powerOf(loss.gamma) };
    case 'qualityFocal':
      return powerOf(loss.beta);
    default:
      return {};
  }
}

function huberParameters(delta: number, factor: number, unit: number): Partial<Parameters> {
  const steep = finiteFactor((delta * factor) / unit);
  const divisor = held(Math.min(1 / factor, 2 ** 120));
  const otherDivisor = held(Math.max(1 / factor / divisor, 1) * unit);
  return { delta: held(delta), steep, divisor, otherDivisor };
}

function powerOf(power: number): Pick<Parameters, 'power' | 'whole' | 'rest'> {
  const [whole, rest] = splitPower(power);
  return { power, whole, rest: held(rest) };
}
