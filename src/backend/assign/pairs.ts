import type { Kernels } from '../programs/criteria/kernels.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { Chain, Task } from '../runtime/task.ts';
import type { Candidates } from './candidates.ts';
import type { AnchorTargets } from './positives.ts';

/** Powers of an alignment, p^alpha · overlap^beta, and how many candidates a target may choose by it. */
export interface Ranking {
  alpha: number;
  beta: number;
  topk: number;
}

/** Addresses of what a backend knows of one target's candidates, good until the next step of the chain. */
export interface TargetPairs {
  count: number;
  /** i32 [count] */
  anchors: number;
  /** f32 [count], max(similarity, 0). */
  overlaps: number;
  /** f32 [count], logits of the target's class. */
  logits: number;
}

/** Addresses of what is known of pairs of an anchor and a target. */
export interface MeasuredPairs {
  /** f64 [n], padded to an even number; below 0 where the anchor is no candidate of the target. */
  overlaps: number;
  /** f32 [n], padded to an even number, logits of the target's class. */
  logits: number;
}

/** A task of the engine, or null where all is done already. */
export type Step = Task<Kernels> | null;

/** Steps on the engine that end in a result. */
export type Steps<T> = Chain<Kernels, T>;

/**
 * Pairs of one image's targets and the anchors that are their candidates. A backend brings them; an assigner, which is the
 * same for all backends, decides by them.
 */
export interface Pairs {
  readonly engine: CriteriaEngine;
  readonly image: number;
  /** A, the number of the image's anchors. */
  readonly anchors: number;
  readonly candidates: Candidates;

  /** Brings a target's candidates, if it has any, and hands them to `use`. */
  visit(target: number, use: (pairs: TargetPairs) => void): Step;

  /**
   * Visits a target like `visit`, and brings its best aligned candidates: i32 [chosen] positions among them at `best`, in no particular order.
   * A backend may compute overlaps, alignments and choice in one kernel call.
   */
  choose(
    target: number,
    ranking: Ranking,
    use: (pairs: TargetPairs, best: number, chosen: number) => void,
  ): Step;

  /** Measures pairs of this image as exactly as the backend can. */
  measure(pairs: AnchorTargets): Steps<MeasuredPairs>;
}
