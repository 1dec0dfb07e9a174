import type { Arena } from '../../runtime/arena.ts';
import { JOIN, SlotLayout } from '../../runtime/task.ts';
import { classesOf, type PixelLogits } from '../../softmax.ts';
import { type ImageChains, loadLabels } from './image-chains.ts';

/** Rows of the labels that lie between the same two rows of the logits. */
interface Band {
  /** Index of the first of the two rows. */
  top: number;
  /** Index of the first row of labels, and number of rows. */
  first: number;
  count: number;
}

/**
 * Softmax of logits that are resized to the labels, band by band. Two bands at most write to a row of the gradient: the
 * sum of two numbers does not depend on their order.
 */
export function resizedSoftmax(arena: Arena, given: PixelLogits<Float32Array>): ImageChains {
  const { logits, labels } = given;
  const [, channels, inHeight, inWidth] = logits.shape;
  const [, outHeight, outWidth] = labels.shape;
  const classes = classesOf(given);
  // One channel is that of class 1, beside zeros
  const firstPlane = classes - channels;
  const bands = bandsOf(inHeight, outHeight);
  const most = Math.max(...bands.map(({ count }) => count));
  const pitch = Math.ceil(outWidth / 4) * 16;
  const rowBytes = inWidth * 4;
  const slots = new SlotLayout();
  const at = {
    planes: slots.take(classes * pitch),
    labels: slots.take(most * pitch),
    rows: slots.take(2 * classes * rowBytes),
    wide: slots.take(2 * classes * pitch),
    scratch: slots.take(classes * 16),
    sums: slots.take(classes * 32),
    factors: slots.take(classes * 12),
    wideGrads: slots.take(2 * classes * pitch),
    grads: slots.take(2 * classes * rowBytes),
    narrowSums: slots.take(inWidth * 8),
  };
  const isLast = ({ top }: Band) => top + 1 === inHeight;

  /** Copies a band's logits and labels, and returns the parameters that both kernels have. */
  const load = (slot: number, image: number, band: Band) => {
    const { top, first, count } = band;
    const rows = slot + at.rows;
    const ownLabels = slot + at.labels;
    if (firstPlane > 0) arena.f32.fill(0, rows >>> 2, (rows >>> 2) + 2 * inWidth);
    for (let c = 0; c < channels; c++) {
      const from = ((image * channels + c) * inHeight + top) * inWidth;
      const own = rows + 2 * (firstPlane + c) * rowBytes;
      arena.bringIn(own, logits.data, from, inWidth);
      arena.bringIn(own + rowBytes, logits.data, isLast(band) ? from : from + inWidth, inWidth);
    }
    for (let row = 0; row < count; row++) {
      const from = (image * outHeight + first + row) * outWidth;
      loadLabels(arena, ownLabels + row * pitch, labels.data, from, outWidth);
    }
    return {
      planes: slot + at.planes,
      pitch,
      labels: ownLabels,
      pixels: outWidth,
      classes,
      rows,
      inWidth,
      inHeight,
      outHeight,
      top,
      first,
      count,
      wide: slot + at.wide,
    };
  };

  /** Adds a band's gradient to that of the two rows. */
  const store = (slot: number, image: number, band: Band, grad: Float32Array) => {
    const rows = isLast(band) ? 1 : 2;
    for (let c = 0; c < channels; c++) {
      const to = ((image * channels + c) * inHeight + band.top) * inWidth;
      const from = (slot + at.grads + 2 * (firstPlane + c) * rowBytes) >>> 2;
      for (let i = 0; i < rows * inWidth; i++) grad[to + i] += arena.f32[from + i];
    }
  };

  return {
    slotBytes: slots.end,

    *sums(image) {
      const all: Float64Array[] = [];
      for (const [i, band] of bands.entries()) {
        yield {
          kernel: 'resizedSoftmaxSums',
          load(slot) {
            const rows = load(slot, image, band);
            return { ...rows, scratch: slot + at.scratch, sums: slot + at.sums };
          },
          store(slot) {
            const from = (slot + at.sums) >>> 3;
            all[i] = arena.f64.slice(from, from + 4 * classes);
          },
        };
      }
      yield JOIN;
      return all;
    },

    *grad(image, factors, grad) {
      const size = channels * inHeight * inWidth;
      grad.fill(0, image * size, (image + 1) * size);
      for (const band of bands) {
        yield {
          kernel: 'resizedSoftmaxGrad',
          load(slot) {
            arena.f32.set(factors, (slot + at.factors) >>> 2);
            return {
              ...load(slot, image, band),
              factors: slot + at.factors,
              wideGrads: slot + at.wideGrads,
              grads: slot + at.grads,
              narrowSums: slot + at.narrowSums,
            };
          },
          store: (slot) => store(slot, image, band, grad),
        };
      }
      yield JOIN;
    },
  };
}

/** Cuts the rows of labels into bands; each row has at least one. */
function bandsOf(inHeight: number, outHeight: number): Band[] {
  const bands: Band[] = [];
  for (let row = 0; row < outHeight; row++) {
    const source = Math.max(0, ((row + 0.5) * inHeight) / outHeight - 0.5);
    const top = Math.min(Math.floor(source), inHeight - 1);
    const last = bands.at(-1);
    if (last?.top === top) last.count++;
    else bands.push({ top, first: row, count: 1 });
  }
  return bands;
}
