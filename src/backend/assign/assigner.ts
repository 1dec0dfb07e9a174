import type { SmallTargets } from '../../defaults.ts';
import type { BoxIouKind } from '../../kinds.ts';
import type { Pairs, Steps } from './pairs.ts';
import type { ImagePositives } from './positives.ts';

/** Positives of one image, without the weights of targets and ignore regions. */
export type Assigned = Omit<ImagePositives, 'anchorWeights' | 'ignored'>;

/** Rules by which anchors are assigned to targets. Both backends run them, on pairs that they bring. */
export interface Assigner {
  /** Demands on the pairs. */
  readonly needs: {
    /** Similarity of the overlaps. */
    readonly overlap: BoxIouKind;
    /** Largest number of candidates that a target may choose: N targets have at most N · topk positives. */
    readonly topk: number;
    /** Growth of small targets when their candidates are found. */
    readonly smallTargets: SmallTargets | false;
  };

  /** Assigns one image's anchors. */
  assign(pairs: Pairs): Steps<Assigned>;
}
