import type { ReferenceOptions } from '../../src/reference/options.ts';
import type { DetectionTargets, Tensor } from '../../src/types.ts';
import { normal, uniforms } from './random.ts';

/** Seeds of the parts, far from those of the problem itself. */
const PARTS = 1_000_003;

/** Gives a random problem the options of 8.4, class weights, weights of targets and ignore regions. */
export function modern<
  Problem extends { targets: DetectionTargets; options: ReferenceOptions & { numClasses: number } },
>(problem: Problem, seed: number) {
  const uniform = uniforms(seed + PARTS);
  const { targets, options } = problem;
  const count = targets.batchIdx.length;
  const topk = options.assigner?.topk ?? 10;
  const weight = () => Math.max(0, 2.5 * uniform() - 0.5);
  return {
    ...problem,
    targets: {
      ...targets,
      weights: Float64Array.from({ length: count }, weight),
      ignore: Uint8Array.from({ length: count }, () => Number(uniform() < 0.25)),
    },
    options: {
      ...options,
      reference: '8.4' as const,
      assigner: { ...options.assigner, topk2: 1 + Math.floor(uniform() * Math.min(topk, 12)) },
      classWeights: Float64Array.from({ length: options.numClasses }, weight),
    },
  };
}

/** Semantic logits of any size, and a class of each pixel of the masks. */
export function semanticOf(
  { batch, classes, size }: { batch: number; classes: number; size: readonly number[] },
  masks: { shape: readonly number[] },
  seed: number,
): { logits: Tensor<Float64Array>; truth: Tensor<Uint8Array> } {
  const uniform = uniforms(seed + 2 * PARTS);
  const [, height, width] = masks.shape;
  return {
    logits: random([batch, classes, ...size], seed),
    truth: {
      data: Uint8Array.from({ length: batch * height * width }, () =>
        Math.floor(uniform() * classes),
      ),
      shape: [batch, height, width],
    },
  };
}

/** Weights of a flow with few hidden numbers. */
export function flowOf(hidden: number, seed: number): Tensor<Float64Array>[] {
  const shapes = [[hidden, 2], [hidden], [hidden, hidden], [hidden], [2, hidden], [2]];
  return Array.from({ length: 12 }, (_, network) =>
    shapes.map((shape, i) => random(shape, seed + 10 * network + i, 0.2)),
  ).flat();
}

/** Nearly normal numbers. */
export function random(shape: readonly number[], seed: number, std = 1): Tensor<Float64Array> {
  const length = shape.reduce((product, n) => product * n, 1);
  return { data: Float64Array.from(normal({ seed, mean: 0, std }, length)), shape };
}
