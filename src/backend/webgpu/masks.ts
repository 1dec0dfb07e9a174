import type { Positives } from '../assign/positives.ts';
import type { Dense } from '../inputs.ts';
import type { MaskGrads, MaskInputs } from '../task-inputs.ts';
import { AnchorColumns } from './anchor-columns.ts';
import type { DeviceCall } from './device-call.ts';
import { partialStruct } from './generated/shared.ts';
import type { HeadContext } from './head-context.ts';
import { type Group, imageGroups } from './image-groups.ts';
import { listMasks, type MaskList } from './mask-list.ts';
import { STORAGE } from './memory.ts';
import { recordMasks } from './record.ts';
import { SumReader } from './sum-reader.ts';

/**
 * Mask loss of the positives inside their targets' crops. One pass takes positives, for the loss and its gradient by
 * coefficients; one takes pixels, for its gradient by prototypes.
 */
export async function masks(
  head: HeadContext,
  positives: Positives,
  given: MaskInputs<Dense>,
  scale: number,
  grads: MaskGrads<Dense> | null,
): Promise<number> {
  const { call, predictions } = head;
  const [, channels, height, width] = given.prototypes.shape;
  const imageBytes = channels * height * width * 4;
  const { limits } = call.gpu.device;
  const groups = imageGroups(call.action, predictions.batch, imageBytes, limits);
  const list = listMasks(head, positives, given, groups);
  const columns = new AnchorColumns(call, 'coefficients', predictions, list, channels);
  const recorded = { call, columns, groups, list };
  const sums = call.scoped(() => record(recorded, given, scale, grads));
  await call.wait();
  return sums.read().cls;
}

interface Recorded {
  call: DeviceCall;
  columns: AnchorColumns;
  groups: readonly Group[];
  list: MaskList;
}

function record(
  { call, columns, groups, list }: Recorded,
  { coefficients, prototypes }: MaskInputs<Dense>,
  scale: number,
  grads: MaskGrads<Dense> | null,
): SumReader {
  const { memory, recorder } = call;
  const [, channels, height, width] = prototypes.shape;
  const imageSize = channels * height * width;
  const all = list.anchors.length;
  const shared = {
    coefficients: columns.gather(coefficients.data),
    positives: memory.upload(list.words),
    bits: memory.upload(list.bits),
    partials: memory.take(Math.max(1, all) * partialStruct.bytes, STORAGE),
    slopes: columns.take(),
  };
  groups.forEach(({ firstImage, images }, index) => {
    const [first, size] = [firstImage * imageSize, images * imageSize];
    const own = call.input(prototypes.data, first, size);
    const out = grads && call.output(grads.prototypes, first, size);
    const shape = [images, channels, height, width] as const;
    const group = { index, ...list.ranges[index], all };
    recordMasks(recorder, group, { ...shared, prototypes: own, shape, out }, scale);
  });
  if (grads) columns.spread(grads.coefficients, shared.slopes);
  return new SumReader(call, all, shared.partials);
}
