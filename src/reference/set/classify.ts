import { crossEntropyOf, softmax } from '../softmax.ts';
import { type ClassTerms, classTerms } from './class-terms.ts';
import type { Pair } from './match.ts';
import { boxOf, channelOf, type Output, rowOf, rowStart } from './outputs.ts';
import { boxOverlap, liesInside } from './overlap.ts';
import type { SetTarget } from './targets.ts';
import type { SetClassification } from './types.ts';

/** An output, and the same numbers as constants of the gradient. */
export interface Differentiated {
  output: Output;
  held: Output;
}

/** Factors of an item. */
export interface ItemScale {
  gain: number;
  normalizer: number;
}

/**
 * Class item of an output.
 *
 * A query without a pair that lies in an ignored region has no term.
 *
 * @param targets [B] lists
 * @param grad [B, Q, C], receives the gradient
 * @returns gain · Σ terms / normalizer; 'softmax': gain · weighted mean over all queries
 */
export function classify(
  outputs: Differentiated,
  targets: readonly SetTarget[][],
  pairs: readonly Pair[],
  classification: SetClassification,
  scale: ItemScale,
  grad: Float64Array,
): number {
  const queries = queriesOf(outputs.held, targets, pairs);
  return classification.kind === 'softmax'
    ? classifySoftmax(outputs.output, queries, classification.noObject, scale.gain, grad)
    : classifyBinary(outputs, queries, classTerms(classification), scale, grad);
}

interface Query {
  image: number;
  query: number;
  pair: Pair | undefined;
}

/** Queries that have a class loss. */
function queriesOf(held: Output, targets: readonly SetTarget[][], pairs: readonly Pair[]): Query[] {
  const count = held.logits.shape[1];
  const pairOf = new Map(pairs.map((pair) => [pair.image * count + pair.query, pair]));
  return targets.flatMap((list, image) => {
    const regions = list.filter(({ ignored }) => ignored);
    return Array.from({ length: count }, (_, query) => {
      return { image, query, pair: pairOf.get(image * count + query) };
    }).filter(
      ({ pair, query }) =>
        pair || !regions.some(({ box }) => liesInside(boxOf(held, image, query), box)),
    );
  });
}

/** Weighted mean of the cross-entropy with each query's class, or "no object". */
function classifySoftmax(
  { logits }: Output,
  queries: readonly Query[],
  noObject: number,
  gain: number,
  grad: Float64Array,
): number {
  const channels = logits.shape[2];
  const weightOf = ({ pair }: Query) => pair?.target.weight ?? noObject;
  const weights = queries.reduce((sum, query) => sum + weightOf(query), 0);
  if (weights === 0) return 0;
  let loss = 0;
  for (const entry of queries) {
    const { image, query, pair } = entry;
    const label = new Array(channels).fill(0);
    label[pair?.target.cls ?? channels - 1] = (gain * weightOf(entry)) / weights;
    const term = crossEntropyOf(softmax(rowOf(logits, image, query)), label);
    loss += term.value;
    grad.set(term.grad, rowStart(logits.shape, image, query));
  }
  return loss;
}

function classifyBinary(
  { output, held }: Differentiated,
  queries: readonly Query[],
  terms: ClassTerms,
  { gain, normalizer }: ItemScale,
  grad: Float64Array,
): number {
  const factor = gain / normalizer;
  let loss = 0;
  for (const { image, query, pair } of queries) {
    const start = rowStart(output.logits.shape, image, query);
    const constants = rowOf(held.logits, image, query);
    const positive = pair && channelOf(output, pair.target.cls);
    const u = pair ? boxOverlap(boxOf(held, image, query), pair.target.box).iou : 0;
    rowOf(output.logits, image, query).forEach((x, c) => {
      const isPositive = pair && c === positive;
      const term = isPositive
        ? terms.positive(x, u, constants[c])
        : terms.negative(x, constants[c]);
      const weight = isPositive ? factor * pair.target.weight : factor;
      loss += weight * term.value;
      grad[start + c] = weight * term.grad;
    });
  }
  return loss;
}
