import {
  BOX_IOU_SCRATCH_BYTES,
  type Kernels as LossKernels,
} from '../../src/backend/programs/losses/kernels.ts';
import type { KernelMemory } from './kernels.ts';

export interface Pair<Box extends number[]> {
  pred: Box;
  target: Box;
}

/** Relative error of a gradient, which the kernel rounds to float32. */
export const ROUNDING = 6e-8;

/** The pairs with numbers that float32 holds. */
export function roundPairs<Box extends number[]>(pairs: readonly Pair<Box>[]): Pair<Box>[] {
  const round = (box: Box) => box.map(Math.fround) as Box;
  return pairs.map(({ pred, target }) => ({ pred: round(pred), target: round(target) }));
}

/**
 * Similarity and gradient of pairs of boxes by the kernel `boxIou`.
 *
 * @returns gradients rounded to float32; values in float64: each is 1 less the sum of one pair
 */
export function similarities<Box extends number[]>(
  memory: KernelMemory<LossKernels>,
  kind: LossKernels['boxIou']['kind'],
  pairs: readonly Pair<Box>[],
): { value: number; grad: number[] }[] {
  const { grad } = run(memory, kind, pairs);
  const numbers = grad.length / pairs.length;
  return pairs.map((pair, i) => ({
    value: 1 - run(memory, kind, [pair]).sum,
    grad: [...grad.subarray(numbers * i, numbers * (i + 1))],
  }));
}

function run<Box extends number[]>(
  memory: KernelMemory<LossKernels>,
  kind: LossKernels['boxIou']['kind'],
  pairs: readonly Pair<Box>[],
) {
  const preds = Float32Array.from(pairs.flatMap(({ pred }) => pred));
  const grad = memory.block(new Float32Array(preds.length));
  const sum = memory.call('boxIou', {
    input: memory.input(preds),
    target: memory.input(Float32Array.from(pairs.flatMap(({ target }) => target))),
    count: pairs.length,
    kind,
    grad,
    values: 0,
    scale: -1,
    scratch: memory.block(new Uint8Array(BOX_IOU_SCRATCH_BYTES)),
  });
  const result = { sum, grad: memory.f32(grad, preds.length) };
  memory.settle();
  return result;
}
