import type { Dense, LossSums, Pending } from '../backend/backend.ts';
import type { Assignment, DetectionItems } from '../types.ts';
import type { DetectionOptions } from '../validate/options.ts';
import type { Call, Head } from './task.ts';

/**
 * Classify and regress: class, box and DFL loss of a head.
 *
 * @param grads one a level; null: no gradients
 */
export function headLosses(
  { action, backend }: Call,
  { gains, classification, iou }: DetectionOptions,
  { predictions, targets }: Head,
  assignment: Assignment,
  normalizer: number,
  grads: Dense[] | null,
): Pending<LossSums> {
  const scaleOf = (gain: number) => (gain * predictions.batch) / normalizer;
  const scale = { box: scaleOf(gains.box), cls: scaleOf(gains.cls), dfl: scaleOf(gains.dfl) };
  const options = { classification, iou, scale };
  return backend.losses(action, predictions, targets, assignment, options, grads, null);
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
