import type { DetectionLossConfig, DetectionTargets, Layout, Tensor } from '../../src/index.ts';
import { toNhwc } from './layout.ts';
import { normal, uniforms } from './random.ts';

/** A detection problem whose stages have several tasks of all kinds per image. */
export interface ThreadProblem {
  config: DetectionLossConfig;
  feats: Tensor[];
  targets: DetectionTargets;
}

/** Grid of the first level: its class logits fill more than two chunks, and the last level's are no multiple of 4. */
const GRID = { height: 40, width: 36 };
const STRIDES = [8, 16, 32];
const TARGETS_AN_IMAGE = 12;

export function threadProblem(layout: Layout, batch: number, numClasses: number): ThreadProblem {
  const regMax = 16;
  const feats = STRIDES.map((stride) => {
    const [height, width] = [(GRID.height * 8) / stride, (GRID.width * 8) / stride];
    const shape = [batch, 4 * regMax + numClasses, height, width];
    const size = shape.reduce((product, n) => product * n, 1);
    return { data: normal({ seed: stride, mean: -2, std: 2 }, size), shape };
  });
  const uniform = uniforms(3);
  const range = (low: number, high: number) => low + (high - low) * uniform();
  const count = TARGETS_AN_IMAGE * batch;
  const box = () => [range(0.2, 0.8), range(0.2, 0.8), range(0.1, 0.6), range(0.1, 0.6)];
  return {
    config: { numClasses, layout, regMax, strides: STRIDES },
    feats: layout === 'nhwc' ? feats.map(toNhwc) : feats,
    targets: {
      batchIdx: Array.from({ length: count }, (_, n) => n % batch),
      cls: Array.from({ length: count }, () => Math.floor(range(0, numClasses))),
      bboxes: Array.from({ length: count }, box).flat(),
    },
  };
}
