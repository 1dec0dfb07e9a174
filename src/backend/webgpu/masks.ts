import type { Assignment } from '../../types.ts';
import type { Dense, GroupedTargets, Predictions } from '../backend.ts';
import type { MaskGrads, MaskPredictions, MaskTargets } from '../task-inputs.ts';
import { AnchorColumns } from './anchor-columns.ts';
import type { DeviceCall } from './device-call.ts';
import { imageGroups } from './groups.ts';
import { listMasks, type MaskList } from './mask-list.ts';
import { STORAGE } from './memory.ts';
import { recordMasks } from './record.ts';
import { SumReader } from './sum-reader.ts';
import { PARTIAL_BYTES } from './sums.ts';

/**
 * Mask loss of the positives inside their targets' crops: one pass goes by positives, for the loss and the gradient of
 * coefficients, one by pixels, for that of prototypes.
 */
export async function masks(
  call: DeviceCall,
  action: string,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  assignment: Assignment,
  given: MaskPredictions<Dense>,
  truth: MaskTargets,
  scale: number,
  grads: MaskGrads<Dense> | null,
): Promise<number> {
  const { shape } = given.prototypes;
  const [, channels, height, width] = shape;
  const imageBytes = channels * height * width * 4;
  const groups = imageGroups(action, predictions.batch, imageBytes, call.gpu.device.limits);
  const list = listMasks(predictions, targets, assignment, truth, shape, groups);
  const columns = new AnchorColumns(call, action, 'coefficients', predictions, list, channels);
  const sums = call.scoped(action, () => start(call, columns, groups, list, given, scale, grads));
  await call.wait(action);
  return sums.read().cls;
}

function start(
  call: DeviceCall,
  columns: AnchorColumns,
  groups: ReturnType<typeof imageGroups>,
  list: MaskList,
  { coefficients, prototypes }: MaskPredictions<Dense>,
  scale: number,
  grads: MaskGrads<Dense> | null,
): SumReader {
  const { memory, recorder } = call;
  const [, channels, height, width] = prototypes.shape;
  const imageSize = channels * height * width;
  const count = list.anchor.length;
  const shared = {
    coefficients: columns.gather(coefficients.data),
    positives: memory.upload(list.words),
    bits: memory.upload(list.bits),
    partials: memory.take(Math.max(1, count) * PARTIAL_BYTES, STORAGE),
    slopes: columns.take(),
  };
  groups.forEach(({ firstImage, images }, i) => {
    const [first, size] = [firstImage * imageSize, images * imageSize];
    const own = call.input(prototypes.data, first, size);
    const out = grads && call.output(grads.prototypes, first, size);
    const shape = [images, channels, height, width] as const;
    const tensors = { ...shared, prototypes: own, out };
    recordMasks(recorder, `${i}`, shape, list.ranges[i], count, scale, tensors);
  });
  if (grads) columns.spread(grads.coefficients, shared.slopes);
  return new SumReader(call, count, shared.partials);
}
