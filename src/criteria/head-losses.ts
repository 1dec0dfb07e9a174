import { assignmentOf, type Positives } from '../backend/assign/positives.ts';
import { taskAligned } from '../backend/assign/task-aligned.ts';
import type { HeadCall, HeadInputs, LossSums, Pending } from '../backend/backend.ts';
import type { Dense, GroupedTargets, Predictions } from '../backend/inputs.ts';
import { both, type Stages, settled } from '../stages.ts';
import type { Assignment, DetectionItems, TaskValue } from '../types.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { normalizerOf } from './normalizer.ts';
import type { Call } from './task.ts';

/** A head whose anchors are assigned by task-aligned assignment. */
export function headOf(
  { assigner, classification, classWeights, boxLoss }: DetectionOptions,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
): HeadInputs {
  return {
    predictions,
    targets,
    assigner: taskAligned(assigner),
    classification,
    classWeights,
    boxLoss,
  };
}

/** Assignment of the call's only head. */
export function* assignHead(call: Call): Stages<Assignment> {
  return assignmentOf(yield* settled(call.on.head(0).assign()));
}

/**
 * Class, box, distance and angle loss of a head.
 *
 * @param grads first one gradient per level, then those of the box tensors; null: no gradients
 */
export function headLosses(
  head: HeadCall,
  { gains }: DetectionOptions,
  { batch, levels, boxTensors }: Predictions<Dense>,
  positives: Positives,
  normalizer: number,
  grads: readonly Dense[] | null,
): Pending<LossSums> {
  const scaleOf = (gain: number) => (gain * batch) / normalizer;
  const scale = {
    box: scaleOf(gains.box),
    cls: scaleOf(gains.cls),
    dfl: scaleOf(gains.dfl),
    angle: scaleOf(gains.angle ?? 0),
  };
  const end = levels.length + boxTensors.length;
  const own = grads && {
    levels: grads.slice(0, levels.length),
    boxTensors: grads.slice(levels.length, end),
  };
  return head.losses(positives, scale, own);
}

/** Loss items after gains. */
export function headItems(
  { gains }: Pick<DetectionOptions, 'gains'>,
  sums: LossSums,
  normalizer: number,
): DetectionItems {
  return {
    box: (gains.box * sums.box) / normalizer,
    cls: (gains.cls * sums.cls) / normalizer,
    dfl: (gains.dfl * sums.dfl) / normalizer,
  };
}

/** Results of the stages of one head. */
export interface HeadLoss<More, Ready> {
  positives: Positives;
  items: DetectionItems;
  /** Angle loss of rotated boxes after gains. */
  angle: number;
  more: More;
  ready: Ready;
}

/**
 * Assigns the call's only head, then computes its losses and those that a task adds.
 *
 * @param addTo begins stages that need only the positives, before the head's are awaited; receives all destinations
 * @param prepare stages before anything is written, for `addTo`
 */
export function* headLoss<More = null, Ready = null>(
  call: Call,
  options: DetectionOptions,
  head: HeadInputs,
  addTo: (
    positives: Positives,
    grads: readonly Dense[] | null,
    ready: Ready,
  ) => Pending<More> | null = () => null,
  prepare: (positives: Positives) => Pending<Ready> | null = () => null,
): Stages<HeadLoss<More, Ready>> {
  const { action, on } = call;
  const positives = yield* settled(on.head(0).assign());
  const normalizer = yield* normalizerOf(action, options.reduceNormalizer, positives.normalizer);
  const ready = yield* settled(prepare(positives) as Pending<Ready>);
  const grads = call.destinations();
  const [sums, more] = yield* both(
    headLosses(on.head(0), options, head.predictions, positives, normalizer, grads),
    addTo(positives, grads, ready) as Pending<More>,
  );
  const angle = ((options.gains.angle ?? 0) * sums.angle) / normalizer;
  return { positives, items: headItems(options, sums, normalizer), angle, more, ready };
}

/** @param items after gains, of a batch of B images */
export function taskValue<Items extends DetectionItems, Assigned>(
  items: Items,
  batch: number,
  assignment: Assigned,
): TaskValue<Items, Assigned> {
  const sum = Object.values(items).reduce((total, item) => total + item, 0);
  return { total: sum * batch, items, assignment };
}
