import type { SmallTargets } from '../../defaults.ts';
import type { BoxIouKind } from '../../kinds.ts';
import type { Claims } from '../programs/criteria/kernels.ts';
import type { Arena } from '../runtime/arena.ts';
import { JOIN } from '../runtime/task.ts';
import type { Assigned, Assigner } from './assigner.ts';
import type { Pairs, Ranking, Step, Steps } from './pairs.ts';
import { evenCount } from './positives.ts';

/** Parameters of the task-aligned assigner. */
export interface TaskAlignedOptions extends Ranking {
  /** Number of positives that a target keeps; `topk`: all. */
  topk2: number;
  /** Similarity of the overlaps. */
  overlap: BoxIouKind;
  /** Growth of small targets when their candidates are found. */
  smallTargets: SmallTargets | false;
}

/**
 * Task-aligned assignment. The rules, by their numbers in docs/losses.md:
 *
 * 2. Alignment of a target and a candidate = p^alpha · overlap^beta, 0 where the overlap is 0.
 * 3. Each target claims its `topk` best aligned candidates; one of alignment 0 is never claimed.
 * 4. An anchor that several targets claim goes to the target of highest overlap among all of the image.
 * 5. Each target keeps its `topk2` best aligned anchors.
 * 6. Score of a positive = alignment · (its target's largest overlap) / (its target's largest alignment), both over the
 *    anchors that the target kept. The score is the class target and the weight of the box losses.
 *
 * Source: Feng et al., arXiv:2108.07755
 */
export function taskAligned(options: TaskAlignedOptions): Assigner {
  return {
    needs: options,
    *assign(pairs) {
      const claims = takeClaims(pairs.engine.arena, pairs.anchors);
      for (let target = 0; target < pairs.candidates.targets; target++) {
        const step = claimBest(pairs, target, options, claims);
        if (step) yield step;
      }
      yield JOIN;
      return yield* score(pairs, options, resolve(pairs, claims));
    },
  };
}

function takeClaims(arena: Arena, anchors: number): Claims {
  return {
    counts: arena.takeZeroed(anchors * 4),
    claimants: arena.take(anchors * 4),
    bestOverlaps: arena.takeZeroed(anchors * 4),
    bestTargets: arena.takeZeroed(anchors * 4),
  };
}

/** Rules 2 and 3: a target claims its best aligned candidates. */
function claimBest(pairs: Pairs, target: number, ranking: Ranking, claims: Claims): Step {
  const { counts, claimants, bestOverlaps, bestTargets } = claims;
  return pairs.choose(target, ranking, ({ anchors, overlaps, count }, chosen, chosenCount) => {
    pairs.engine.call('claim', {
      counts,
      claimants,
      bestOverlaps,
      bestTargets,
      target,
      anchors,
      overlaps,
      count,
      chosen,
      chosenCount,
    });
  });
}

/** Claimed anchors, ascending, and the target of each: addresses of i32 [count]. */
interface Claimed {
  anchors: number;
  targets: number;
  count: number;
}

/** Rule 4: every claimed anchor goes to one target. */
function resolve({ engine, anchors: anchorCount }: Pairs, claims: Claims): Claimed {
  const anchors = engine.arena.take(anchorCount * 4);
  const targets = engine.arena.take(anchorCount * 4);
  const { counts, claimants, bestOverlaps, bestTargets } = claims;
  const count = engine.call('resolve', {
    counts,
    claimants,
    bestOverlaps,
    bestTargets,
    anchorCount,
    anchors,
    targets,
  });
  return { anchors, targets, count };
}

/** Rules 5 and 6: positives with their scores. A claimed anchor without alignment to its target is no positive. */
function* score(
  pairs: Pairs,
  { alpha, beta, topk, topk2 }: TaskAlignedOptions,
  { anchors, targets, count }: Claimed,
): Steps<Assigned> {
  const { engine, image, candidates } = pairs;
  const { arena } = engine;
  const claimedBy = (length: number) => ({
    image,
    anchors: arena.copyInts(anchors, length),
    targets: arena.copyInts(targets, length),
  });
  const claimed = claimedBy(count);
  const { overlaps, logits } = yield* pairs.measure(claimed);
  const targetCount = candidates.targets;
  const largest = arena.takeZeroed(targetCount * 16);
  const alignments = arena.take(evenCount(count) * 8);
  const scores = arena.take(count * 4);
  const kept = engine.call('score', {
    overlaps,
    logits,
    count,
    alpha,
    beta,
    topk2: topk2 === topk ? 0 : topk2,
    targetCount,
    targets,
    anchors,
    lists: arena.take(topk2 === topk ? 0 : (targetCount + count) * 4),
    largest,
    alignments,
    scores,
  });
  const own = kept === count ? claimed : claimedBy(kept);
  const weights = arena.copyFloats(scores, kept);
  return { image, anchors: own.anchors, targets: own.targets, classTargets: weights, weights };
}
