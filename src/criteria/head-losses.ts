import type { ClassLoss, Dense, LossSums, Pending } from '../backend/backend.ts';
import { both, type Stages, settled } from '../stages.ts';
import type { Assignment, DetectionItems, TaskValue } from '../types.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { normalizerOf } from './normalizer.ts';
import type { Call, Head } from './task.ts';

/** @param next class loss of the losses that will follow; null: none will */
export function assignHead(
  { action, backend, backward }: Call,
  { assigner }: DetectionOptions,
  { predictions, targets }: Head,
  next: ClassLoss | null,
): Pending<Assignment> {
  const losses = next && { classification: next, backward };
  return backend.assign(action, predictions, targets, assigner, losses);
}

/**
 * Classify and regress: class, box and DFL loss of a head.
 *
 * @param grads begins with one a level, and that of angles where there are any; null: no gradients
 */
export function headLosses(
  { action, backend }: Call,
  { gains, classification, iou }: DetectionOptions,
  { predictions, targets }: Head,
  assignment: Assignment,
  normalizer: number,
  grads: Dense[] | null,
): Pending<LossSums> {
  const { batch, levels, angles } = predictions;
  const scaleOf = (gain: number) => (gain * batch) / normalizer;
  const scale = { box: scaleOf(gains.box), cls: scaleOf(gains.cls), dfl: scaleOf(gains.dfl) };
  const options = { classification, iou, scale };
  const levelGrads = grads?.slice(0, levels.length) ?? null;
  const angleGrads = grads && angles && grads[levels.length];
  return backend.losses(action, predictions, targets, assignment, options, levelGrads, angleGrads);
}

/** Those losses after gains. */
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

/** What the stages of one head give. */
export interface HeadLoss<More> {
  assignment: Assignment;
  items: DetectionItems;
  more: More;
}

/**
 * assign → classify → regress, and what a task adds.
 *
 * @param addTo stages that need the assignment alone, begun before those of the head are waited for; they are handed all
 *   of the call's destinations
 */
export function* headLoss<More = null>(
  call: Call,
  options: DetectionOptions,
  head: Head,
  addTo: (assignment: Assignment, grads: Dense[] | null) => Pending<More> | null = () => null,
): Stages<HeadLoss<More>> {
  const { classification, reduceNormalizer } = options;
  const assignment = yield* settled(assignHead(call, options, head, classification));
  const normalizer = yield* normalizerOf(call.action, reduceNormalizer, assignment.scoresSum);
  const grads = call.destinations();
  const [sums, more] = yield* both(
    headLosses(call, options, head, assignment, normalizer, grads),
    addTo(assignment, grads) as Pending<More>,
  );
  return { assignment, items: headItems(options, sums, normalizer), more };
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
