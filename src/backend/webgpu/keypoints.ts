import type { Positives } from '../assign/positives.ts';
import type { Dense } from '../inputs.ts';
import type { KeypointInputs, KeypointSums } from '../task-inputs.ts';
import { AnchorColumns } from './anchor-columns.ts';
import { partialStruct } from './generated/shared.ts';
import type { HeadContext } from './head-context.ts';
import { listKeypoints } from './keypoint-list.ts';
import { STORAGE } from './memory.ts';
import { keypointSlots, recordKeypoints } from './record.ts';
import { SumReader } from './sum-reader.ts';

/** Keypoint losses of the positives. Their channels are gathered first, and the gradients spread afterwards. */
export async function keypoints(
  head: HeadContext,
  positives: Positives,
  given: KeypointInputs<Dense>,
  scale: KeypointSums,
  grads: Dense | null,
): Promise<KeypointSums> {
  const { call, predictions } = head;
  const channels = given.count * given.numbers;
  const columns = new AnchorColumns(call, 'keypoints', predictions, positives, channels);
  const list = listKeypoints(head, positives, given);
  const count = positives.anchors.length;
  const sums = call.scoped(() => {
    const { memory, recorder } = call;
    const slots = keypointSlots(given, count);
    const tensors = {
      predicted: columns.gather(given.predicted),
      targets: memory.upload(list),
      partials: memory.take(Math.max(1, slots) * partialStruct.bytes, STORAGE),
      grads: columns.take(),
    };
    recordKeypoints(recorder, given, count, grads && scale, tensors);
    if (grads) columns.spread(grads, tensors.grads);
    return new SumReader(call, slots, tensors.partials);
  });
  await call.wait();
  const { box: pose, dfl: kobj } = sums.read();
  return { pose, kobj };
}
