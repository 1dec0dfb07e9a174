import type { Tensor } from '../../types.ts';
import { crossEntropyOf, softmax } from '../softmax.ts';
import { type BinOptions, binValues, binWeights, sideDistances } from './bins.ts';
import type { Pair } from './match.ts';
import { boxOf, type Output, rowOf, rowStart } from './outputs.ts';
import { boxOverlap } from './overlap.ts';
import type { CentreBox } from './targets.ts';

/** Predicted distributions, and what is constant for their gradient. */
interface Distributions {
  /** [B, Q, 4·(R + 1)] */
  corners: Tensor<ArrayLike<number>>;
  /** Its boxes weigh the pairs. */
  held: Output;
  /** [B, Q, 4], xywh */
  references: Tensor<ArrayLike<number>>;
}

/**
 * Fine-grained localisation loss of D-FINE: over pairs and sides, u · cross-entropy with the two bins around the
 * target's distance. u is the IoU of the pair's boxes, constant.
 *
 * @param factor gain / normalizer
 * @param grad [B, Q, 4·(R + 1)], receives the gradient
 * Source: arXiv:2410.13842, eq. 6
 */
export function fineGrainedLoss(
  { corners, held, references }: Distributions,
  pairs: readonly Pair[],
  options: BinOptions,
  factor: number,
  grad: Float64Array,
): number {
  const values = binValues(options);
  let loss = 0;
  for (const { image, query, target } of pairs) {
    const { iou } = boxOverlap(boxOf(held, image, query), target.box);
    const reference = rowOf(references, image, query) as CentreBox;
    const weight = factor * target.weight * iou;
    const start = rowStart(corners.shape, image, query);
    const logits = rowOf(corners, image, query);
    sideDistances(reference, target.box, options.regScale).forEach((distance, side) => {
      const first = side * values.length;
      const sideLogits = softmax(logits.slice(first, first + values.length));
      const term = crossEntropyOf(sideLogits, binWeights(values, distance));
      loss += weight * term.value;
      term.grad.forEach((slope, bin) => {
        grad[start + first + bin] += weight * slope;
      });
    });
  }
  return loss;
}
