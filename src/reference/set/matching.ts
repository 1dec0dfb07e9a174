import { pairCost } from './cost.ts';
import { denoisingPairs } from './denoising-pairs.ts';
import { matchOutput, type Pair } from './match.ts';
import { type ResolvedSetOptions, resolveSetOptions } from './options.ts';
import { boxOf, channelOf, type Output, outputsOf, type Predictions, rowOf } from './outputs.ts';
import { groupTargets, type SetTarget } from './targets.ts';
import type { SetAssignment, SetOptions, SetTargets } from './types.ts';
import { uniteMatchings } from './union.ts';

/** Pairs of every output, and the numbers by which items are divided. All of it is constant for the gradient. */
export interface SetMatching {
  /** By the output's name; those of denoising outputs are known. */
  pairs: Record<string, readonly Pair[]>;
  /** Pairs of all matched outputs together, if the options ask for them or there are corners. */
  union: readonly Pair[] | undefined;
  normalizers: { boxes: number; union: number; denoising: number };
}

/** Matches every output. */
export function matchSet(
  predictions: Predictions,
  targets: SetTargets,
  options: SetOptions,
): SetMatching {
  const { cost, groups, sumGroups, union } = resolveSetOptions(options);
  const images = groupTargets(targets, predictions.layers[0].boxes.shape[0]);
  const denoisingGroups = predictions.denoising?.groups ?? 0;
  const outputs = outputsOf(predictions);
  const pairs = Object.fromEntries(
    outputs.map(({ name, output, denoising }) => [
      name,
      denoising
        ? denoisingPairs(images, denoisingGroups)
        : matchOutput(output, images, cost, groups),
    ]),
  );
  const matched = outputs.filter(({ denoising }) => !denoising);
  const needsUnion = union || matched.some(({ output }) => output.corners);
  const united = needsUnion ? uniteMatchings(matched.map(({ name }) => pairs[name])) : undefined;
  const count = sumOfWeights(images.flat().filter(({ ignored }) => !ignored));
  return {
    pairs,
    union: united,
    normalizers: {
      boxes: Math.max(count * (sumGroups ? 1 : groups), 1),
      union: Math.max(sumOfWeights((united ?? []).map(({ target }) => target)), 1),
      denoising: Math.max(count, 1) * denoisingGroups,
    },
  };
}

/** Number of targets, each counted by its weight. */
function sumOfWeights(targets: readonly SetTarget[]): number {
  return targets.reduce((sum, { weight }) => sum + weight, 0);
}

/** Pairs as parallel arrays. */
export function assignmentOf(pairs: readonly Pair[]): SetAssignment {
  return {
    image: Int32Array.from(pairs, ({ image }) => image),
    query: Int32Array.from(pairs, ({ query }) => query),
    target: Int32Array.from(pairs, ({ target }) => target.index),
  };
}

/** Pairs of the last layer with their costs, and the targets that no query of any group has; ignored ones are not counted. */
export interface LastAssignment extends SetAssignment {
  cost: Float64Array;
  /** Indices in the caller's arrays, ascending. */
  unassigned: Int32Array;
}

/** Describes an output's pairs. */
export function describePairs(
  output: Output,
  pairs: readonly Pair[],
  targets: SetTargets,
  { cost }: ResolvedSetOptions,
): LastAssignment {
  const assigned = new Set(pairs.map(({ target }) => target.source));
  const costs = pairs.map(({ image, query, target }) =>
    pairCost(
      cost,
      rowOf(output.logits, image, query),
      channelOf(output, target.cls),
      boxOf(output, image, query),
      target.box,
    ),
  );
  const unassigned = groupTargets(targets, output.boxes.shape[0])
    .flat()
    .filter(({ source, ignored }) => !ignored && !assigned.has(source))
    .map(({ source }) => source)
    .sort((a, b) => a - b);
  return {
    ...assignmentOf(pairs),
    cost: Float64Array.from(costs),
    unassigned: Int32Array.from(unassigned),
  };
}
