import type { DetectionLossConfig, DetectionTargets, Tensor } from '../../src/types.ts';
import { normal, uniforms } from './random.ts';

/** One ordinary detection problem: 3 images of 96×64 px, 5 classes, 9 targets in no order. */
export function ordinaryProblem(): {
  config: DetectionLossConfig;
  feats: Tensor[];
  targets: DetectionTargets & { batchIdx: number[]; cls: number[]; bboxes: number[] };
} {
  const [batch, numClasses, regMax, count] = [3, 5, 8, 9];
  const channels = 4 * regMax + numClasses;
  const feats = [8, 16, 32].map((stride) => {
    const shape = [batch, channels, 96 / stride, 64 / stride];
    const size = shape.reduce((product, n) => product * n, 1);
    return { data: normal({ seed: stride, mean: -1, std: 2 }, size), shape };
  });
  const uniform = uniforms(5);
  const range = (low: number, high: number) => low + (high - low) * uniform();
  const box = () => [range(0.2, 0.8), range(0.2, 0.8), range(0.2, 0.7), range(0.2, 0.7)];
  return {
    config: { numClasses, regMax },
    feats,
    targets: {
      batchIdx: Array.from({ length: count }, () => Math.floor(range(0, batch))),
      cls: Array.from({ length: count }, () => Math.floor(range(0, numClasses))),
      bboxes: Array.from({ length: count }, box).flat(),
    },
  };
}
