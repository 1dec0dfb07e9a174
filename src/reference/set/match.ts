import { pairCost } from './cost.ts';
import { linearSumAssignment } from './linear-sum-assignment.ts';
import { boxOf, channelOf, type Output, rowOf } from './outputs.ts';
import type { SetTarget } from './targets.ts';
import type { SetCost } from './types.ts';

/** A query and the target that it learns. */
export interface Pair {
  image: number;
  /** Index among the queries of all groups. */
  query: number;
  target: SetTarget;
}

/**
 * Matches queries with targets: for each image and each group separately, min(Q, N_b) pairs of least summed cost.
 *
 * Ignored targets are not matched. An image without targets has no pairs.
 *
 * @param targets [B] lists
 * @param groups query group g has the queries from g·Q to (g + 1)·Q − 1
 * @returns ordered by image, then query
 * Source: Carion et al., arXiv:2005.12872, eq. 1; groups: Chen et al., arXiv:2207.13085
 */
export function matchOutput(
  output: Output,
  targets: readonly SetTarget[][],
  cost: SetCost,
  groups: number,
): Pair[] {
  const queries = output.boxes.shape[1] / groups;
  return targets.flatMap((all, image) => {
    const candidates = all.filter(({ ignored }) => !ignored);
    return Array.from({ length: groups }, (_, group) =>
      matchGroup(output, image, candidates, cost, group * queries, queries),
    ).flat();
  });
}

function matchGroup(
  output: Output,
  image: number,
  targets: readonly SetTarget[],
  cost: SetCost,
  first: number,
  queries: number,
): Pair[] {
  const inputs = Array.from({ length: queries }, (_, q) => ({
    logits: rowOf(output.logits, image, first + q),
    box: boxOf(output, image, first + q),
  }));
  const costs = targets.flatMap((target) =>
    inputs.map(({ logits, box }) =>
      pairCost(cost, logits, channelOf(output, target.cls), box, target.box),
    ),
  );
  const queryOf = linearSumAssignment(costs, targets.length, queries);
  return targets
    .map((target, t) => ({ image, query: first + queryOf[t], target }))
    .filter((_, t) => queryOf[t] >= 0)
    .sort((a, b) => a.query - b.query);
}
