import type { Arena } from '../../runtime/arena.ts';

/**
 * Writes `count` doubles of a pattern that repeats endlessly.
 *
 * @param from index of the first one in that repetition
 * @returns `at`
 */
export function storeRepeated(
  { f64 }: Arena,
  at: number,
  pattern: Float64Array,
  from: number,
  count: number,
): number {
  const start = at >>> 3;
  const phase = from % pattern.length;
  const first = pattern.subarray(phase, phase + count);
  f64.set(first, start);
  f64.set(pattern.subarray(0, Math.min(phase, count - first.length)), start + first.length);
  // Unless the room is full, one whole period is there now: each copy doubles it
  for (let done = pattern.length; done < count; done *= 2) {
    f64.copyWithin(start + done, start, start + Math.min(done, count - done));
  }
  return at;
}
