/** Whether candidate i is a worse choice than candidate j: less aligned, or as aligned and later. */
// @ts-ignore: decorator
@inline
function worse(alignments: usize, i: i32, j: i32): bool {
  const a = load<f64>(alignments + (<usize>i << 3));
  const b = load<f64>(alignments + (<usize>j << 3));
  return a < b || (a == b && i > j);
}

/** Lets `item` sink from the root of a heap of `size` whose root is the worst. */
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

/** Lets `item` rise from the end of a heap of `size`, which it becomes part of. */
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

/**
 * The k best aligned of a target's candidates, ties to the lower index; an alignment of 0 never counts.
 *
 * @param alignments f64 [n], none NaN
 * @param chosen i32 [min(n, k)] → candidate indices, in no particular order
 * @returns how many were chosen
 */
export function topk(alignments: usize, count: i32, k: i32, chosen: usize): i32 {
  let size = 0;
  for (let i = 0; i < count; i++) {
    if (load<f64>(alignments + (<usize>i << 3)) <= 0) continue;
    if (size < k) rise(chosen, size++, i, alignments);
    else if (worse(alignments, load<i32>(chosen), i)) sink(chosen, size, i, alignments);
  }
  return size;
}
