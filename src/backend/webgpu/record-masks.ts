import { MASK_BLOCK, passes } from './generated/criteria.ts';
import type { Binding } from './pass.ts';
import type { Recorder } from './recorder.ts';
import type { Window } from './tensors.ts';

/** Tensors of the passes of masks; `slopes` are f32 [M, P], gradients by the positives' coefficients. */
export interface MaskTensors extends Record<MaskBinding, Binding> {
  /** [images, M, h, w] */
  prototypes: Window;
  shape: readonly [images: number, channels: number, height: number, width: number];
  /** Gradients of the prototypes; null: there are none. */
  out: Window | null;
}

type MaskBinding = 'coefficients' | 'positives' | 'bits' | 'partials' | 'slopes';

/**
 * @param group its index, its positives in the list, and the number of positives of the whole batch
 * @param scale factor of the gradients; null: there are none
 */
export function recordMasks(
  recorder: Recorder,
  { index, first, count, all }: Record<'index' | 'first' | 'count' | 'all', number>,
  { prototypes, coefficients, positives, bits, partials, slopes, shape, out }: MaskTensors,
  scale: number | null,
): void {
  const [images, channels, height, width] = shape;
  const read = { prototypes, coefficients, positives, bits };
  for (let channel = 0; channel < (scale === null ? 1 : channels); channel += MASK_BLOCK) {
    const uniforms = {
      base: prototypes.base,
      outBase: out?.base ?? 0,
      images,
      channels,
      height,
      width,
      first,
      count,
      pitch: all,
      slot: first,
      firstChannel: channel,
      backward: scale === null ? 0 : 1,
      scale: scale ?? 0,
    };
    const label = `${index}`;
    const threads = count * passes.masks.workgroup;
    recorder.dispatch('masks', label, threads, uniforms, { ...read, partials, grads: slopes });
    if (!out) continue;
    const pixels = images * height * width;
    recorder.dispatch('prototypes', label, pixels, uniforms, { ...read, grads: out });
  }
}
