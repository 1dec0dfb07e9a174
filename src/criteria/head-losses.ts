import type { Positives } from '../backend/assign/positives.ts';
import type { DetectorCall, HeadCall, LossSums, Pending } from '../backend/backend.ts';
import type { Dense } from '../backend/inputs.ts';
import { all, type Stages } from '../stages.ts';
import type { DetectionItems } from '../types.ts';
import type { BoxItems, Head, HeadDestinations } from './head-task.ts';
import { normalizerOf } from './normalizer.ts';
import type { Call } from './task.ts';

/** Loss of one head. */
export interface HeadLoss {
  positives: Positives;
  /** After gains, without the head's weight. */
  items: DetectionItems;
  /** Sum of the items × B. */
  total: number;
}

/** Assigns the anchors of every head. */
export function assignHeads(on: DetectorCall, heads: readonly Head[]): Stages<Positives[]> {
  return all(heads.map((_, i) => on.head(i).assign()));
}

/**
 * Assigns the anchors of every head, then computes the losses. Each step is begun for all heads before it is awaited, and
 * nothing is written before all have been assigned.
 */
export function* headLosses(call: Call, heads: readonly Head[]): Stages<HeadLoss[]> {
  const { action, on, hasGrads } = call;
  const positives = yield* assignHeads(on, heads);
  const normalizers: number[] = [];
  for (const [i, { task }] of heads.entries()) {
    const { reduceNormalizer } = task.options;
    normalizers.push(yield* normalizerOf(action, reduceNormalizer, positives[i].normalizer));
  }
  const ready = yield* all(
    heads.map((head, i) => head.task.prepare?.(on.head(i), head, positives[i], hasGrads)),
  );
  const grads = destinationsOf(heads, heads[0].task.join?.(ready) ?? 0, call.destinations());
  const pending = heads.flatMap((head, i): Pending<unknown>[] => [
    detectionLosses(on.head(i), head, positives[i], normalizers[i], grads[i]?.own ?? null),
    head.task.add?.(on.head(i), head, positives[i], grads[i], ready[i]),
  ]);
  const results = yield* all(pending);
  return heads.map((head, i) => {
    const [sums, more] = [results[2 * i] as LossSums, results[2 * i + 1]];
    const own = boxItems(head, sums, normalizers[i]);
    const items = head.task.items(own, positives[i], more, ready[i]);
    const sum = Object.values(items).reduce((total, item) => total + item, 0);
    return { positives: positives[i], items, total: sum * head.predictions.batch };
  });
}

/**
 * Splits the gradients by heads.
 *
 * @param owner index of the head that writes the shared ones
 */
function destinationsOf(
  heads: readonly Head[],
  owner: number,
  grads: readonly Dense[] | null,
): (HeadDestinations | null)[] {
  let end = 0;
  return heads.map(({ read }, i) => {
    if (!grads) return null;
    const first = end;
    end += read.own.length;
    const shared = i === owner ? grads.slice(grads.length - read.shared.length) : null;
    return { own: grads.slice(first, end), shared };
  });
}

/**
 * Class, box, distance and angle loss of a head.
 *
 * @param grads first one gradient per level, then those of the box tensors; null: no gradients
 */
function detectionLosses(
  on: HeadCall,
  { task: { options }, predictions: { batch, levels, boxTensors }, weight }: Head,
  positives: Positives,
  normalizer: number,
  grads: readonly Dense[] | null,
): Pending<LossSums> {
  const { gains } = options;
  const scaleOf = (gain: number) => (gain * batch * weight) / normalizer;
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
  return on.losses(positives, scale, own);
}

function boxItems({ task }: Head, sums: LossSums, normalizer: number): BoxItems {
  const { gains } = task.options;
  return {
    box: (gains.box * sums.box) / normalizer,
    cls: (gains.cls * sums.cls) / normalizer,
    dfl: (gains.dfl * sums.dfl) / normalizer,
    angle: ((gains.angle ?? 0) * sums.angle) / normalizer,
  };
}
