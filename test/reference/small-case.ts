import type { ReferenceOptions } from '../../src/reference/options.ts';
import { normal } from '../lib/random.ts';

/**
 * Two images of 32×32 pixels, strides 8 and 16, 3 classes, 5 targets of which two compete: small
 * enough to differentiate numerically with respect to every input. All of it is float64.
 */
export function smallCase(options: Omit<ReferenceOptions, 'numClasses' | 'strides'>) {
  const regMax = options.regMax ?? 16;
  const channels = 4 * regMax + 3;
  const box = regMax === 1 ? { mean: 1.5, std: 0.4 } : { mean: 0, std: 2 };
  const level = (seed: number, size: number) => {
    const data = Float64Array.from(normal({ seed, mean: -1, std: 2 }, 2 * channels * size ** 2));
    const shape = [2, channels, size, size];
    const boxes = normal({ seed: seed + 1, ...box }, 2 * 4 * regMax * size ** 2);
    for (let image = 0; image < 2; image++) {
      const [start, count] = [image * channels * size ** 2, 4 * regMax * size ** 2];
      data.set(boxes.subarray(image * count, (image + 1) * count), start);
    }
    return { data, shape };
  };
  return {
    feats: [level(11, 4), level(21, 2)],
    targets: {
      batchIdx: [1, 0, 0, 1, 0],
      cls: [2, 0, 1, 1, 0],
      bboxes: [
        [0.41, 0.52, 0.63, 0.57],
        [0.37, 0.44, 0.61, 0.71],
        [0.52, 0.47, 0.72, 0.53],
        [0.71, 0.33, 0.47, 0.59],
        [0.53, 0.61, 0.83, 0.67],
      ].flat(),
    },
    options: { ...options, numClasses: 3, strides: [8, 16] },
  };
}
