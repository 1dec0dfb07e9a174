// What the anchors of one image know of the targets that want them, four arrays of length A:
// `votes` how many chose the anchor, `chooser` the last of them, `bestOverlap` and `bestTarget` the
// highest overlap with any target of the image, chosen or not. All start as 0.

/**
 * Enters one target's candidates and choices. Targets may come in any order: ties of overlap go to the
 * lower one.
 *
 * @param anchors i32 [n], anchors of the target's candidates
 * @param overlaps f32 [n]
 * @param chosen i32 [k], candidate indices
 */
export function vote(
  target: i32,
  anchors: usize,
  overlaps: usize,
  count: i32,
  chosen: usize,
  chosenCount: i32,
  votes: usize,
  chooser: usize,
  bestOverlap: usize,
  bestTarget: usize,
): void {
  for (let i = 0; i < count; i++) {
    const at = <usize>load<i32>(anchors + (<usize>i << 2)) << 2;
    const overlap = load<f32>(overlaps + (<usize>i << 2));
    const best = load<f32>(bestOverlap + at);
    if (overlap > best || (overlap == best && target < load<i32>(bestTarget + at))) {
      store<f32>(bestOverlap + at, overlap);
      store<i32>(bestTarget + at, target);
    }
  }
  for (let i = 0; i < chosenCount; i++) {
    const candidate = load<i32>(chosen + (<usize>i << 2));
    const at = <usize>load<i32>(anchors + (<usize>candidate << 2)) << 2;
    store<i32>(votes + at, load<i32>(votes + at) + 1);
    store<i32>(chooser + at, target);
  }
}

/** Whether one of 16 anchors was chosen. */
// @ts-ignore: decorator
@inline
function anyVote(votes: usize): bool {
  const low = v128.or(v128.load(votes), v128.load(votes, 16));
  const high = v128.or(v128.load(votes, 32), v128.load(votes, 48));
  return v128.any_true(v128.or(low, high));
}

/**
 * Gives every chosen anchor to one target: its only chooser, or, of several, the target of highest
 * overlap among all of the image.
 *
 * @param positives i32 [A] → chosen anchors, ascending
 * @param owners i32 [A] → their targets
 * @returns the number of positives
 */
export function resolve(
  votes: usize,
  chooser: usize,
  bestTarget: usize,
  anchors: i32,
  positives: usize,
  owners: usize,
): i32 {
  let count: usize = 0;
  let anchor = 0;
  while (anchor < anchors) {
    const isGroup = anchor + 16 <= anchors;
    if (isGroup && !anyVote(votes + (<usize>anchor << 2))) {
      anchor += 16;
      continue;
    }
    for (const end = isGroup ? anchor + 16 : anchors; anchor < end; anchor++) {
      const at = <usize>anchor << 2;
      const choices = load<i32>(votes + at);
      if (choices == 0) continue;
      store<i32>(positives + (count << 2), anchor);
      store<i32>(owners + (count << 2), load<i32>((choices == 1 ? chooser : bestTarget) + at));
      count++;
    }
  }
  return <i32>count;
}
