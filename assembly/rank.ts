import { alignment2 } from './align';
import { loadWide } from './lib/f64x2';
import { topk } from './topk';

/** Parameters of `rank`. */
@unmanaged
export class RankParams {
  /** f32 [n], logits of the target's class; they hold a value more when n is odd, as `overlaps`. */
  logits: usize;
  /** f32 [n], in [0, 1]. */
  overlaps: usize;
  count: i32;
  alpha: f64;
  beta: f64;
  topk: i32;
  /** f64 [n] →; holds a value more when n is odd. */
  alignments: usize;
  /** i32 [min(n, topk)] → candidate indices, in no particular order. */
  chosen: usize;
}

/**
 * Alignments of one target's candidates, and the best aligned of them.
 *
 * @returns number of selected candidates
 * Source: Feng et al., arXiv:2108.07755, eq. 2.
 */
export function rank(p: RankParams): i32 {
  const logits = p.logits;
  const overlaps = p.overlaps;
  const alignments = p.alignments;
  const count = p.count;
  const alpha = p.alpha;
  const beta = p.beta;
  for (let i = 0; i < count; i += 2) {
    const logit = loadWide(logits + (<usize>i << 2));
    const overlap = loadWide(overlaps + (<usize>i << 2));
    v128.store(alignments + (<usize>i << 3), alignment2(logit, overlap, alpha, beta));
  }
  return topk(alignments, count, p.topk, p.chosen);
}
