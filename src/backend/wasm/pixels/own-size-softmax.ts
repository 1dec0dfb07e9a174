import type { Arena } from '../../runtime/arena.ts';
import { JOIN, SlotLayout } from '../../runtime/task.ts';
import { classesOf, type PixelLogits } from '../../softmax.ts';
import { type ImageChains, loadLabels } from './image-chains.ts';

/** Floats of logits that pass through WASM memory at a time, and the least number of pixels. */
const PART_FLOATS = 1 << 15;
const LEAST_PIXELS = 64;
/** Room between planes, so that they do not all fall into one set of a cache. */
const GAP_BYTES = 64;

/** Softmax of logits of the labels' size, in stretches of pixels of one image. */
export function ownSizeSoftmax(arena: Arena, given: PixelLogits<Float32Array>): ImageChains {
  const { logits, labels } = given;
  const [, channels, height, width] = logits.shape;
  const classes = classesOf(given);
  // One channel is that of class 1, beside zeros
  const firstPlane = classes - channels;
  const area = height * width;
  const most = Math.min(area, Math.max(LEAST_PIXELS, Math.floor(PART_FLOATS / classes / 4) * 4));
  const pitch = Math.ceil(most / 4) * 16 + GAP_BYTES;
  const slots = new SlotLayout();
  const at = {
    planes: slots.take(classes * pitch),
    labels: slots.take(pitch),
    scratch: slots.take(classes * 16),
    sums: slots.take(classes * 32),
    factors: slots.take(classes * 12),
  };
  const pixelsOf = (first: number) => Math.min(most, area - first);

  /** Copies the pixels from `first` on, and returns the parameters that both kernels have. */
  const load = (slot: number, image: number, first: number) => {
    const pixels = pixelsOf(first);
    const planes = slot + at.planes;
    if (firstPlane > 0) arena.f32.fill(0, planes >>> 2, (planes >>> 2) + pixels);
    for (let c = 0; c < channels; c++) {
      const from = (image * channels + c) * area + first;
      arena.bringIn(planes + (firstPlane + c) * pitch, logits.data, from, pixels);
    }
    loadLabels(arena, slot + at.labels, labels.data, image * area + first, pixels);
    return { planes, pitch, labels: slot + at.labels, pixels, classes };
  };

  return {
    slotBytes: slots.end,

    *sums(image) {
      const all: Float64Array[] = [];
      for (let first = 0, i = 0; first < area; first += most, i++) {
        const own = first;
        const index = i;
        yield {
          kernel: 'softmaxSums',
          load(slot) {
            const pixels = load(slot, image, own);
            return { ...pixels, scratch: slot + at.scratch, sums: slot + at.sums };
          },
          store(slot) {
            const from = (slot + at.sums) >>> 3;
            all[index] = arena.f64.slice(from, from + 4 * classes);
          },
        };
      }
      yield JOIN;
      return all;
    },

    *grad(image, factors, grad) {
      for (let first = 0; first < area; first += most) {
        const own = first;
        yield {
          kernel: 'softmaxGrad',
          load(slot) {
            arena.f32.set(factors, (slot + at.factors) >>> 2);
            return { ...load(slot, image, own), factors: slot + at.factors };
          },
          store(slot) {
            for (let c = 0; c < channels; c++) {
              const plane = slot + at.planes + (firstPlane + c) * pitch;
              const to = (image * channels + c) * area + own;
              arena.takeOut(plane, grad, to, pixelsOf(own));
            }
          },
        };
      }
      yield JOIN;
    },
  };
}
