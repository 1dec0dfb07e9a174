import type { BoxIouKind } from '../../kinds.ts';
import type { Pairs, Steps } from './pairs.ts';
import type { ImagePositives } from './positives.ts';

/** Rules by which anchors are assigned to targets. Both backends run them, on pairs that they bring. */
export interface Assigner {
  /** Demands on the pairs. */
  readonly needs: {
    /** Similarity of the overlaps. */
    readonly overlap: BoxIouKind;
    /** Most candidates that one target may choose: an image of N targets has at most as many positives times N. */
    readonly topk: number;
  };

  /** Assigns one image's anchors. */
  assign(pairs: Pairs): Steps<ImagePositives>;
}
