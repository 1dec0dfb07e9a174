import type { Assignment } from '../../types.ts';
import type { Dense, GroupedTargets, Predictions } from '../backend.ts';
import type { MaskGrads, MaskPredictions, MaskTargets } from '../task-inputs.ts';
import { AnchorColumns } from './anchor-columns.ts';
import type { DeviceCall } from './device-call.ts';
import { type Group, imageGroups } from './groups.ts';
import { listMasks } from './mask-list.ts';
import { type Readback, STORAGE } from './memory.ts';
import { recordFold, recordMasks } from './record.ts';
import { type Binding, Recorder } from './recorder.ts';
import type { Shared } from './session.ts';
import { readSums, SUMS_BYTES } from './sums.ts';
import type { Window } from './tensors.ts';

/** Three sums and flags of one positive. */
const PARTIAL_BYTES = 16;

/**
 * Mask loss of the positives inside their targets' crops: one pass goes by positives, for the loss and the gradient of
 * coefficients, one by pixels, for that of prototypes.
 */
export async function masks(
  { load }: Pick<Shared, 'load'>,
  call: DeviceCall,
  action: string,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  assignment: Assignment,
  { coefficients, prototypes }: MaskPredictions<Dense>,
  truth: MaskTargets,
  scale: number,
  grads: MaskGrads<Dense> | null,
): Promise<number> {
  const pipelines = await load(action, 'masks');
  const { memory } = call;
  const { batch, anchors } = predictions;
  const [, channels, height, width] = prototypes.shape;
  const imageSize = channels * height * width;
  const groups = imageGroups(action, batch, imageSize * 4, call.gpu.device.limits);
  const list = listMasks(predictions, targets, assignment, truth, prototypes.shape, groups);
  const count = list.anchor.length;
  const columns = new AnchorColumns(call, action, 'coefficients', predictions, list, channels);
  const arrays: { readback: Readback; target: Float32Array }[] = [];

  const windowOf = (data: Dense, { firstImage, images }: Group): Window => {
    if (!(data instanceof Float32Array)) {
      return call.windowOn(data, firstImage * imageSize * 4, images * imageSize * 4);
    }
    const slice = data.subarray(firstImage * imageSize, (firstImage + images) * imageSize);
    return { ...memory.upload(slice as Float32Array<ArrayBuffer>), base: 0 };
  };
  const outOf = (data: Dense, { firstImage, images }: Group): [Window, Float32Array | null] => {
    if (!(data instanceof Float32Array)) return [windowOf(data, { firstImage, images }), null];
    const slice = data.subarray(firstImage * imageSize, (firstImage + images) * imageSize);
    return [{ ...memory.takeReadable(slice.byteLength), base: 0 }, slice];
  };

  const { sums, byCoefficient } = call.scoped(action, () => {
    if (grads) {
      call.checkBuffers(action, [
        ['out.coefficients', grads.coefficients],
        ['out.prototypes', grads.prototypes],
      ]);
    }
    const recorder = new Recorder(pipelines);
    const gathered = gatherCoefficients(recorder);
    const lists = {
      positives: memory.upload(list.words),
      bits: memory.upload(atLeastOne(list.bits)),
    };
    const partials = memory.take(Math.max(1, count) * PARTIAL_BYTES, STORAGE);
    const slopes = memory.takeReadable(Math.max(1, count) * channels * 4);
    groups.forEach((group, i) => {
      const own = windowOf(prototypes.data, group);
      const [out, target] = grads ? outOf(grads.prototypes, group) : [null, null];
      const shape = [group.images, channels, height, width] as const;
      const tensors = { prototypes: own, coefficients: gathered, ...lists, partials, slopes, out };
      recordMasks(recorder, `${i}`, shape, list.ranges[i], count, scale, tensors);
      if (out && target) arrays.push({ readback: memory.read(recorder, out), target });
    });
    const total = memory.takeReadable(SUMS_BYTES);
    recordFold(recorder, count, partials, total);
    const isHost = grads?.coefficients instanceof Float32Array;
    const read = isHost ? memory.read(recorder, slopes) : null;
    if (grads && !(grads.coefficients instanceof Float32Array)) {
      columns.spread(recorder, grads.coefficients, slopes);
    }
    const folded = memory.read(recorder, total);
    memory.submit(recorder);
    return { sums: folded, byCoefficient: read };
  });
  const reads = arrays.map(({ readback }) => readback);
  await call.wait(action, byCoefficient ? [sums, byCoefficient, ...reads] : [sums, ...reads]);
  for (const { readback, target } of arrays) {
    target.set(new Float32Array(readback.range()).subarray(0, target.length));
    readback.done();
  }
  if (byCoefficient) spreadOnHost(new Float32Array(byCoefficient.range()));
  byCoefficient?.done();
  const { cls: loss } = readSums(sums.range());
  sums.done();
  return loss;

  function gatherCoefficients(recorder: Recorder): Binding {
    const { data } = coefficients;
    if (!(data instanceof Float32Array)) return columns.gather(recorder, data);
    const values = new Float32Array(Math.max(1, channels * count));
    eachCoefficient((at, alone) => {
      values[alone] = data[at];
    });
    return memory.upload(values);
  }

  function spreadOnHost(values: Float32Array): void {
    const to = grads?.coefficients as Float32Array;
    to.fill(0);
    eachCoefficient((at, alone) => {
      to[at] = values[alone];
    });
  }

  /** Where each coefficient of a positive is in the tensor, and alone, in [M, P]. */
  function eachCoefficient(visit: (at: number, alone: number) => void): void {
    for (let p = 0; p < count; p++) {
      for (let m = 0; m < channels; m++) {
        visit((list.image[p] * channels + m) * anchors + list.anchor[p], m * count + p);
      }
    }
  }
}

function atLeastOne(words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  return words.length > 0 ? words : new Uint32Array(1);
}
