/**
 * Claims of one image's targets on its anchors, four arrays of length A. All but `claimants` start as 0. An anchor's best
 * target has the highest overlap among all targets of the image, even if it does not claim the anchor.
 */
@unmanaged
export class Claims {
  /** i32 [A], number of targets that claim each anchor. */
  counts: usize;
  /** i32 [A], the last target that claimed each anchor. */
  claimants: usize;
  /** f32 [A] */
  bestOverlaps: usize;
  /** i32 [A] */
  bestTargets: usize;
}

/** Parameters of `claim`. */
@unmanaged
export class ClaimParams extends Claims {
  target: i32;
  /** i32 [n], anchors of the target's candidates. */
  anchors: usize;
  /** f32 [n] */
  overlaps: usize;
  count: i32;
  /** i32 [chosenCount], candidate indices. */
  chosen: usize;
  chosenCount: i32;
}

/**
 * Enters one target's claims on the anchors that it selected, and its overlaps with all of its candidates. Targets may
 * come in any order: at equal overlaps the lower target wins.
 */
export function claim(p: ClaimParams): void {
  const target = p.target;
  const anchors = p.anchors;
  const overlaps = p.overlaps;
  const bestOverlaps = p.bestOverlaps;
  const bestTargets = p.bestTargets;
  const count = p.count;
  for (let i = 0; i < count; i++) {
    const at = <usize>load<i32>(anchors + (<usize>i << 2)) << 2;
    const overlap = load<f32>(overlaps + (<usize>i << 2));
    const best = load<f32>(bestOverlaps + at);
    if (overlap > best || (overlap == best && target < load<i32>(bestTargets + at))) {
      store<f32>(bestOverlaps + at, overlap);
      store<i32>(bestTargets + at, target);
    }
  }
  const chosenCount = p.chosenCount;
  for (let i = 0; i < chosenCount; i++) {
    const candidate = load<i32>(p.chosen + (<usize>i << 2));
    const at = <usize>load<i32>(anchors + (<usize>candidate << 2)) << 2;
    store<i32>(p.counts + at, load<i32>(p.counts + at) + 1);
    store<i32>(p.claimants + at, target);
  }
}

/** Whether one of 16 anchors is claimed. */
// @ts-ignore: decorator
@inline
function anyClaim(counts: usize): bool {
  const low = v128.or(v128.load(counts), v128.load(counts, 16));
  const high = v128.or(v128.load(counts, 32), v128.load(counts, 48));
  return v128.any_true(v128.or(low, high));
}

/** Parameters of `resolve`. */
@unmanaged
export class ResolveParams extends Claims {
  /** A. */
  anchorCount: i32;
  /** i32 [A] → claimed anchors, ascending. */
  anchors: usize;
  /** i32 [A] → their targets. */
  targets: usize;
}

/**
 * Assigns every claimed anchor to one target: its only claimant, or else the image's target with the highest
 * overlap.
 *
 * @returns the number of claimed anchors
 */
export function resolve(p: ResolveParams): i32 {
  const counts = p.counts;
  const claimants = p.claimants;
  const bestTargets = p.bestTargets;
  const anchorCount = p.anchorCount;
  const anchors = p.anchors;
  const targets = p.targets;
  let count: usize = 0;
  let anchor = 0;
  while (anchor < anchorCount) {
    const isGroup = anchor + 16 <= anchorCount;
    if (isGroup && !anyClaim(counts + (<usize>anchor << 2))) {
      anchor += 16;
      continue;
    }
    for (const end = isGroup ? anchor + 16 : anchorCount; anchor < end; anchor++) {
      const at = <usize>anchor << 2;
      const claims = load<i32>(counts + at);
      if (claims == 0) continue;
      store<i32>(anchors + (count << 2), anchor);
      store<i32>(targets + (count << 2), load<i32>((claims == 1 ? claimants : bestTargets) + at));
      count++;
    }
  }
  return <i32>count;
}
