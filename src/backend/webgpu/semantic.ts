import type { Dense } from '../inputs.ts';
import type { SemanticInputs } from '../task-inputs.ts';
import { recordZeros } from './anchor-columns.ts';
import type { DeviceCall } from './device-call.ts';
import { passes } from './generated/criteria.ts';
import { partialStruct } from './generated/shared.ts';
import { imageGroups } from './image-groups.ts';
import { STORAGE } from './memory.ts';
import { SumReader } from './sum-reader.ts';

/**
 * Records the loss of semantic logits: the mean over images and classes of half the mean BCE and half the Dice loss.
 *
 * @param scale factor of the gradients; null: there is no loss, and gradients are 0
 * @param grads every value is written; null: no gradients
 * @returns null: there is no loss
 */
export function recordSemantic(
  call: DeviceCall,
  { logits: { data, shape }, classes }: SemanticInputs<Dense>,
  scale: number | null,
  grads: Dense | null,
): SumReader | null {
  const { memory, recorder } = call;
  const [batch, numClasses, height, width] = shape;
  const pixels = height * width;
  const imageSize = numClasses * pixels;
  const share = 0.5 / (batch * numClasses);
  const own = scale === null ? null : takeOwn(call, classes, batch * numClasses);
  const { limits } = call.gpu.device;
  for (const { firstImage, images } of imageGroups(call.action, batch, imageSize * 4, limits)) {
    const [first, size] = [firstImage * imageSize, images * imageSize];
    const label = `semantic ${firstImage}`;
    const out = grads && call.output(grads, first, size);
    if (scale === null || own === null) {
      if (out) recordZeros(recorder, label, out, size);
      continue;
    }
    const planes = images * numClasses;
    const input = call.input(data, first, size);
    const uniforms = {
      base: input.base,
      outBase: out?.base ?? 0,
      firstPixel: firstImage * pixels,
      planes,
      numClasses,
      pixels,
      slot: firstImage * numClasses,
      backward: out ? 1 : 0,
      share,
      scale: share * scale,
    };
    const bindings = { ...own, logits: input, grads: out ?? memory.take(4, STORAGE) };
    recorder.dispatch('semantic', label, planes * passes.semantic.workgroup, uniforms, bindings);
  }
  return own && new SumReader(call, batch * numClasses, own.partials);
}

/** Takes memory of the pixels' classes and of the partial sums. */
function takeOwn({ memory }: DeviceCall, classes: Int32Array, sums: number) {
  return {
    classes: memory.upload(classes as Int32Array<ArrayBuffer>),
    partials: memory.take(sums * partialStruct.bytes, STORAGE),
  };
}
