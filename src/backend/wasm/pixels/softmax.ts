import type { PixelEngine } from '../../programs/pixels/program.ts';
import {
  type ClassFactors,
  type ClassSums,
  classesOf,
  type PixelLogits,
  type SoftmaxStages,
} from '../../softmax.ts';
import type { ImageChains } from './image-chains.ts';
import { ownSizeSoftmax } from './own-size-softmax.ts';
import { resizedSoftmax } from './resized-softmax.ts';

/** Softmax of the pixels of some logits. */
export function softmax(
  engine: PixelEngine,
  all: readonly PixelLogits<Float32Array>[],
): SoftmaxStages {
  const chains = all.map((given) => chainsOf(engine, given));
  return {
    *sums() {
      const sums: ClassSums[] = [];
      for (const [i, given] of all.entries()) {
        const { slotBytes, sums: sumsOf } = chains[i];
        const tasks = yield* engine.run(slotBytes, imagesOf(given).map(sumsOf));
        sums.push(sumsByClass(classesOf(given), tasks.flat()));
      }
      return sums;
    },

    *grads(factors, grads) {
      for (const [i, given] of all.entries()) {
        const { slotBytes, grad } = chains[i];
        const packed = packFactors(classesOf(given), factors[i]);
        const gradOf = (image: number) => grad(image, packed, grads[i] as Float32Array);
        yield* engine.run(slotBytes, imagesOf(given).map(gradOf));
      }
    },
  };
}

function chainsOf({ arena }: PixelEngine, given: PixelLogits<Float32Array>): ImageChains {
  const [, height, width] = given.labels.shape;
  const [, , ownHeight, ownWidth] = given.logits.shape;
  const isOwnSize = ownHeight === height && ownWidth === width;
  return (isOwnSize ? ownSizeSoftmax : resizedSoftmax)(arena, given);
}

function imagesOf({ labels }: PixelLogits<unknown>): number[] {
  return Array.from({ length: labels.shape[0] }, (_, image) => image);
}

/** Adds the sums [K, 4] of all tasks, in their order. */
function sumsByClass(classes: number, tasks: readonly Float64Array[]): ClassSums {
  const total = new Float64Array(4 * classes);
  for (const sums of tasks) {
    for (let i = 0; i < total.length; i++) total[i] += sums[i];
  }
  const sumOf = (which: number) => total.filter((_, i) => i % 4 === which);
  return { excess: sumOf(0), deficit: sumOf(1), entropy: sumOf(2), pixels: sumOf(3) };
}

/** Factors [K, 3] as kernels read them. */
function packFactors(classes: number, { entropy, own, other }: ClassFactors): Float32Array {
  const packed = new Float32Array(3 * classes);
  for (let c = 0; c < classes; c++) packed.set([entropy[c], own[c], other[c]], 3 * c);
  return packed;
}
