/** Whether candidate i is a worse choice than candidate j: less aligned, or as aligned and later. */
// @ts-ignore: decorator
@inline
function worse(alignments: usize, i: i32, j: i32): bool {
  const a = load<f64>(alignments + (<usize>i << 3));
  const b = load<f64>(alignments + (<usize>j << 3));
  return a < b || (a == b && i > j);
}

/** Sifts `item` down from the root of a heap of `size` whose root is the worst. */
function sink(heap: usize, size: i32, item: i32, alignments: usize): void {
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    let least = load<i32>(heap + (<usize>child << 2));
    if (child + 1 < size) {
      const right = load<i32>(heap + (<usize>child << 2), 4);
      if (worse(alignments, right, least)) {
        least = right;
        child++;
      }
    }
    if (!worse(alignments, least, item)) break;
    store<i32>(heap + (<usize>hole << 2), least);
    hole = child;
  }
  store<i32>(heap + (<usize>hole << 2), item);
}

/** Adds `item` to a heap at position `size` and sifts it up. */
function rise(heap: usize, size: i32, item: i32, alignments: usize): void {
  let hole = size;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = load<i32>(heap + (<usize>parent << 2));
    if (!worse(alignments, item, above)) break;
    store<i32>(heap + (<usize>hole << 2), above);
    hole = parent;
  }
  store<i32>(heap + (<usize>hole << 2), item);
}

/** Whether one of four alignments is above the threshold. */
// @ts-ignore: decorator
@inline
function anyAbove(four: usize, threshold: f64): bool {
  const least = f64x2.splat(threshold);
  const first = f64x2.gt(v128.load(four), least);
  return v128.any_true(v128.or(first, f64x2.gt(v128.load(four, 16), least)));
}

/**
 * The k best aligned of a target's candidates, ties to the lower index; an alignment of 0 never counts.
 *
 * @param alignments f64 [n], none NaN
 * @param chosen i32 [min(n, k)] → candidate indices, in no particular order
 * @returns number of selected candidates
 */
export function topk(alignments: usize, count: i32, k: i32, chosen: usize): i32 {
  let size = 0;
  let i = 0;
  for (; i < count && size < k; i++) {
    if (load<f64>(alignments + (<usize>i << 3)) > 0) rise(chosen, size++, i, alignments);
  }
  if (i == count) return size;
  // All further candidates come later than the selected ones, so they must be above the worst of them.
  let worst = load<f64>(alignments + (<usize>load<i32>(chosen) << 3));
  while (i < count) {
    const isGroup = i + 4 <= count;
    if (isGroup && !anyAbove(alignments + (<usize>i << 3), worst)) {
      i += 4;
      continue;
    }
    for (const end = isGroup ? i + 4 : count; i < end; i++) {
      if (load<f64>(alignments + (<usize>i << 3)) <= worst) continue;
      sink(chosen, size, i, alignments);
      worst = load<f64>(alignments + (<usize>load<i32>(chosen) << 3));
    }
  }
  return size;
}
