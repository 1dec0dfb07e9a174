import type { DetectionTargets } from '../../src/types.ts';
import { uniforms } from './random.ts';

/** The numbers below `count` in an order that depends on `seed`. */
export function shuffled(count: number, seed: number): number[] {
  const uniform = uniforms(seed);
  const keys = Array.from({ length: count }, uniform);
  return [...keys.keys()].sort((a, b) => keys[a] - keys[b]);
}

export function takeTargets(
  { batchIdx, cls, bboxes, weights, ignore }: DetectionTargets,
  order: number[],
) {
  return {
    batchIdx: order.map((n) => batchIdx[n]),
    cls: order.map((n) => cls[n]),
    bboxes: order.flatMap((n) => [0, 1, 2, 3].map((i) => bboxes[4 * n + i])),
    weights: weights && order.map((n) => weights[n]),
    ignore: ignore && order.map((n) => ignore[n]),
  };
}

/** Images are the outermost axis of both layouts. */
export function takeImages<Data extends Float32Array | Float64Array>(
  data: Data,
  order: number[],
): Data {
  const size = data.length / order.length;
  const out = data.slice() as Data;
  order.forEach((from, to) => {
    out.set(data.subarray(from * size, (from + 1) * size), to * size);
  });
  return out;
}
