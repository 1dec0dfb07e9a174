import type { Tensor } from '../../types.ts';
import { sigmoid } from '../sigmoid.ts';
import { softmax } from '../softmax.ts';
import type { Term } from '../term.ts';
import type { Pair } from './match.ts';
import { boxOf, type Output, rowOf, rowStart } from './outputs.ts';
import { boxOverlap } from './overlap.ts';

const TEMPERATURE = 5;
const SIDES = 4;

/** Sides of queries with and without a pair: their square roots weigh the two means. */
export interface SideCounts {
  paired: number;
  others: number;
}

/** Counts sides of an output's queries. */
export function countSides({ boxes }: Output, pairs: number): SideCounts {
  return { paired: SIDES * pairs, others: SIDES * (boxes.shape[0] * boxes.shape[1] - pairs) };
}

/** Numbers that are constant for the gradient of a layer's distillation. */
interface DistillationConstants {
  /** The layer itself: its boxes weigh its pairs. */
  held: Output;
  teacher: Output;
  pairs: readonly Pair[];
  /** Those of the block that is matched, also for denoising layers. */
  sides: SideCounts;
}

/**
 * Decoupled distillation of D-FINE: a layer's distributions learn those of the last layer, constant.
 *
 * The Kullback–Leibler divergence at temperature 5 of each side is weighted by the IoU of a pair's boxes or, without a
 * pair, by the teacher's largest class probability; then come the means over both sets of sides.
 *
 * @param corners [B, Q, 4·(R + 1)]
 * @param grad [B, Q, 4·(R + 1)], receives the gradient
 * Source: arXiv:2410.13842, eq. 7
 */
export function distillationLoss(
  corners: Tensor<ArrayLike<number>>,
  { held, teacher, pairs, sides }: DistillationConstants,
  gain: number,
  grad: Float64Array,
): number {
  const [batch, queries, channels] = corners.shape;
  const bins = channels / SIDES;
  const pairOf = new Map(pairs.map((pair) => [pair.image * queries + pair.query, pair]));
  const own = countSides(held, pairs.length);
  const [paired, others] = [Math.sqrt(sides.paired), Math.sqrt(sides.others)];
  const factors = {
    paired: (gain * paired) / (paired + others) / own.paired,
    others: (gain * others) / (paired + others) / own.others,
  };

  let loss = 0;
  for (let row = 0; row < batch * queries; row++) {
    const [image, query] = [Math.floor(row / queries), row % queries];
    const pair = pairOf.get(row);
    const weight = pair
      ? factors.paired * boxOverlap(boxOf(held, image, query), pair.target.box).iou
      : factors.others * Math.max(...rowOf(teacher.logits, image, query).map(sigmoid));
    const student = rowOf(corners, image, query);
    const taught = rowOf(teacher.corners as Tensor<ArrayLike<number>>, image, query);
    const start = rowStart(corners.shape, image, query);
    for (let first = 0; first < channels; first += bins) {
      const side = (logits: number[]) => logits.slice(first, first + bins);
      const { value, grad: slopes } = divergence(side(student), side(taught));
      loss += weight * value;
      slopes.forEach((slope, bin) => {
        grad[start + first + bin] += weight * slope;
      });
    }
  }
  return loss;
}

/** T²·KL(teacher ‖ student) of logits / T, and its gradient with respect to the student's logits. */
function divergence(student: readonly number[], teacher: readonly number[]): Term<number[]> {
  const [p, q] = [teacher, student].map((logits) => softmax(logits.map((x) => x / TEMPERATURE)));
  const value = p.probabilities.reduce(
    (sum, probability, i) => sum + probability * (p.logProbabilities[i] - q.logProbabilities[i]),
    0,
  );
  return {
    value: TEMPERATURE ** 2 * value,
    grad: q.probabilities.map((probability, i) => TEMPERATURE * (probability - p.probabilities[i])),
  };
}
