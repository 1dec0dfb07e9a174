import type { Assignment } from '../../types.ts';
import type { Dense, GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import type { KeypointPredictions, KeypointSums, KeypointTargets } from '../task-inputs.ts';
import { AnchorColumns } from './anchor-columns.ts';
import type { DeviceCall } from './device-call.ts';
import { listKeypoints } from './keypoint-list.ts';
import { STORAGE } from './memory.ts';
import { keypointSlots, recordKeypoints } from './record.ts';
import { SumReader } from './sum-reader.ts';
import { PARTIAL_BYTES } from './sums.ts';

/** Keypoint losses of the positives, whose channels are brought together first, and their gradients back. */
export async function keypoints(
  engine: Engine,
  call: DeviceCall,
  action: string,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  assignment: Assignment,
  { keypoints: tensor, ...shape }: KeypointPredictions<Dense>,
  truth: KeypointTargets,
  scale: KeypointSums,
  grads: Dense | null,
): Promise<KeypointSums> {
  const channels = shape.count * shape.numbers;
  const columns = new AnchorColumns(call, action, 'keypoints', predictions, assignment, channels);
  const goals = listKeypoints(engine, predictions, targets, assignment, shape, truth);
  const count = assignment.anchor.length;
  const sums = call.scoped(action, () => {
    const { memory } = call;
    const slots = keypointSlots(shape, count);
    const tensors = {
      predicted: columns.gather(tensor),
      goals: memory.upload(goals),
      partials: memory.take(Math.max(1, slots) * PARTIAL_BYTES, STORAGE),
      slopes: columns.take(),
    };
    recordKeypoints(call.recorder, shape, count, grads && scale, tensors);
    if (grads) columns.spread(grads, tensors.slopes);
    return new SumReader(call, slots, tensors.partials);
  });
  await call.wait(action);
  const { box: pose, dfl: kobj } = sums.read();
  return { pose, kobj };
}
