import { runSync } from '../../stages.ts';
import type { Positives } from '../assign/positives.ts';
import { type Dense, lengthOf } from '../inputs.ts';
import { likelihood } from '../likelihood.ts';
import type { KeypointGrads, KeypointInputs, KeypointSums, Likelihood } from '../task-inputs.ts';
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
  grads: KeypointGrads<Dense> | null,
  likely: Likelihood | null,
): Promise<KeypointSums> {
  const { call } = head;
  const { columns, deviations } = columnsOf(head, positives, given);
  const list = listKeypoints(head, positives, given);
  const count = positives.anchors.length;
  const sums = call.scoped(() => {
    const { memory, recorder } = call;
    const slots = keypointSlots(given, count);
    const added = likely?.grads;
    const tensors = {
      predicted: columns.gather(given.predicted),
      targets: memory.upload(list),
      partials: memory.take(Math.max(1, slots) * partialStruct.bytes, STORAGE),
      grads: added ? memory.upload(added.keypoints) : columns.take(),
    };
    recordKeypoints(recorder, given, count, grads && scale, !!added, tensors);
    if (grads) {
      columns.spread(grads.keypoints, tensors.grads);
      const own = added?.sigmas ?? new Float32Array(2 * given.count * count);
      if (grads.sigmas) deviations.spread(grads.sigmas, memory.upload(own));
      spreadFlow(head, grads.flow, added?.flow ?? null);
    }
    return new SumReader(call, slots, tensors.partials);
  });
  await call.wait();
  const { box: pose, dfl: kobj } = sums.read();
  return { pose, kobj };
}

/** Values of the positives among the keypoints, and among their deviations. */
function columnsOf(head: HeadContext, positives: Positives, given: KeypointInputs<Dense>) {
  const { call, predictions } = head;
  const of = (name: string, channels: number) =>
    new AnchorColumns(call, name, predictions, positives, channels);
  return {
    columns: of('keypoints', given.count * given.numbers),
    deviations: of('sigmas', 2 * given.count),
  };
}

/** Likelihood of the positives' keypoints. What is in buffers is brought to the host, which takes a wait of its own. */
export async function keypointLikelihood(
  head: HeadContext,
  positives: Positives,
  given: KeypointInputs<Dense>,
  scale: number | null,
): Promise<Likelihood | null> {
  const { call, engine } = head;
  const own = given.likelihood;
  if (!own) return null;
  const { columns, deviations } = columnsOf(head, positives, given);
  const values = call.scoped(() => ({
    keypoints: columns.fetch(given.predicted),
    sigmas: deviations.fetch(own.sigmas),
    flow: own.flow.map((tensor) => wholeOf(head, lengthOf(tensor)).fetch(tensor)),
  }));
  const all = [given.predicted, own.sigmas, ...own.flow];
  if (!all.every((tensor) => tensor instanceof Float32Array)) await call.wait();
  const host = {
    keypoints: values.keypoints(),
    sigmas: values.sigmas(),
    flow: Float32Array.from(values.flow.flatMap((read) => [...read()])),
  };
  const stages = likelihood(engine, head, positives, given, own, host, scale);
  return runSync(call.action, stages);
}

/** All elements of a tensor, as if each were a positive's value. */
function wholeOf({ call, predictions }: HeadContext, length: number): AnchorColumns {
  const anchors = Int32Array.from({ length }, (_, i) => i);
  const all = { images: new Int32Array(length), anchors };
  return new AnchorColumns(call, 'flow', { ...predictions, batch: 1, anchors: length }, all, 1);
}

/** Writes gradients to the flow's tensors. @param values one behind the other; null: zeros */
function spreadFlow(
  head: HeadContext,
  tensors: readonly Dense[],
  values: Float32Array<ArrayBuffer> | null,
): void {
  let end = 0;
  for (const tensor of tensors) {
    const length = lengthOf(tensor);
    const own = values?.subarray(end, end + length) ?? new Float32Array(length);
    wholeOf(head, length).spread(tensor, head.call.memory.upload(own));
    end += length;
  }
}
