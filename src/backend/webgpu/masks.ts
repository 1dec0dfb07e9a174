import { type LossPixels, pixelsOfLoss } from '../assign/mask-size.ts';
import type { Positives } from '../assign/positives.ts';
import type { Dense } from '../inputs.ts';
import type { MaskGrads, MaskInputs, MaskSums } from '../task-inputs.ts';
import { AnchorColumns } from './anchor-columns.ts';
import type { DeviceCall } from './device-call.ts';
import { partialStruct } from './generated/shared.ts';
import type { HeadContext } from './head-context.ts';
import { type Group, imageGroups } from './image-groups.ts';
import { listMasks, type MaskList } from './mask-list.ts';
import { STORAGE } from './memory.ts';
import type { Binding } from './pass.ts';
import { recordMasks } from './record-masks.ts';
import { recordResize } from './record-resize.ts';
import { recordSemantic } from './semantic.ts';
import { SumReader } from './sum-reader.ts';

/**
 * Mask loss of the positives inside their targets' crops, and the loss of semantic logits. One pass takes positives, for
 * the mask loss and its gradient by coefficients; one takes pixels, for its gradient by prototypes. Prototypes of another
 * size than the masks are resized before, and their gradient behind.
 */
export async function masks(
  head: HeadContext,
  positives: Positives,
  given: MaskInputs<Dense>,
  scale: MaskSums,
  grads: MaskGrads<Dense> | null,
): Promise<MaskSums> {
  const { call, predictions } = head;
  const [, channels, height, width] = given.prototypes.shape;
  const size = pixelsOfLoss(given);
  const imageBytes = channels * Math.max(height * width, size.height * size.width) * 4;
  const { limits } = call.gpu.device;
  const groups = imageGroups(call.action, predictions.batch, imageBytes, limits);
  const list = listMasks(head, positives, given, groups);
  const columns = new AnchorColumns(call, 'coefficients', predictions, list, channels);
  const recorded = { call, columns, groups, list, size };
  const isTaught = positives.anchors.length > 0;
  const sums = call.scoped(() => ({
    seg: record(recorded, given, scale.seg, grads),
    sem:
      given.semantic &&
      recordSemantic(call, given.semantic, isTaught ? scale.sem : null, grads?.semantic ?? null),
  }));
  await call.wait();
  return { seg: sums.seg.read().cls, sem: sums.sem?.read().cls ?? 0 };
}

interface Recorded {
  call: DeviceCall;
  columns: AnchorColumns;
  groups: readonly Group[];
  list: MaskList;
  size: LossPixels;
}

function record(
  { call, columns, groups, list, size }: Recorded,
  { coefficients, prototypes }: MaskInputs<Dense>,
  scale: number,
  grads: MaskGrads<Dense> | null,
): SumReader {
  const { memory, recorder } = call;
  const [, channels, fullHeight, fullWidth] = prototypes.shape;
  const { height, width, isResized } = size;
  const imageSize = channels * fullHeight * fullWidth;
  const all = list.anchors.length;
  const shared = {
    coefficients: columns.gather(coefficients.data),
    positives: memory.upload(list.words),
    bits: memory.upload(list.bits),
    partials: memory.take(Math.max(1, all) * partialStruct.bytes, STORAGE),
    slopes: columns.take(),
  };
  // The first group is the largest, and groups run one behind the other
  const takeResized = () => {
    const bytes = groups[0].images * channels * height * width * 4;
    return { ...memory.take(bytes, STORAGE), base: 0 };
  };
  const resized = isResized ? takeResized() : null;
  const resizedGrads = isResized && grads?.prototypes ? takeResized() : null;
  groups.forEach(({ firstImage, images }, index) => {
    const [first, count] = [firstImage * imageSize, images * imageSize];
    const own = call.input(prototypes.data, first, count);
    const out = grads?.prototypes ? call.output(grads.prototypes, first, count) : null;
    const planes = { count: images * channels, from: size.full, to: size };
    const resize = (pass: 'resize' | 'resizeGrad', whole: typeof own, to: Binding) =>
      recordResize(recorder, pass, `${index}`, planes, whole, to);
    if (resized) resize('resize', own, resized);
    const tensors = {
      ...shared,
      prototypes: resized ?? own,
      shape: [images, channels, height, width] as const,
      out: resizedGrads ?? out,
    };
    recordMasks(recorder, { index, ...list.ranges[index], all }, tensors, grads && scale);
    if (resizedGrads && out) resize('resizeGrad', out, resizedGrads);
  });
  if (grads) columns.spread(grads.coefficients, shared.slopes);
  return new SumReader(call, all, shared.partials);
}
