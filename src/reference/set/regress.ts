import type { Pair } from './match.ts';
import { boxOf, type Output, rowStart } from './outputs.ts';
import { boxOverlap } from './overlap.ts';

/**
 * Box items of an output: Σ|box − target| of centres and sizes, and Σ(1 − GIoU), both over its pairs.
 *
 * @param factors gain / normalizer of each
 * @param grad [B, Q, 4], receives the gradient of both
 */
export function regress(
  output: Output,
  pairs: readonly Pair[],
  factors: { l1: number; giou: number },
  grad: Float64Array,
): { l1: number; giou: number } {
  const loss = { l1: 0, giou: 0 };
  for (const { image, query, target } of pairs) {
    const box = boxOf(output, image, query);
    const { giou } = boxOverlap(box, target.box);
    const weights = { l1: factors.l1 * target.weight, giou: factors.giou * target.weight };
    loss.giou += weights.giou * (1 - giou.value);
    const start = rowStart(output.boxes.shape, image, query);
    box.forEach((x, i) => {
      loss.l1 += weights.l1 * Math.abs(x - target.box[i]);
      grad[start + i] = weights.l1 * Math.sign(x - target.box[i]) - weights.giou * giou.grad[i];
    });
  }
  return loss;
}
