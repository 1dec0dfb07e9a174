/** Least number of rounds, however long one takes: fewer would not give a useful median. */
const LEAST_ROUNDS = 5;

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle - 1)] + sorted[Math.floor(middle)]) / 2;
}

/**
 * Median of the ratios of two works that were timed alternately, round by round.
 *
 * @param {number[]} times
 * @param {number[]} others
 */
export function medianRatio(times, others) {
  return median(times.map((t, i) => t / others[i]));
}

/**
 * Times several works alternately, so that other load on the machine slows all of them alike.
 *
 * @param {(() => unknown)[]} works functions; a promise that one returns is awaited
 * @param {{ ms: number, warmupMs: number }} time total for all works
 * @returns {Promise<number[][]>} milliseconds: one list per work, one entry per round
 */
export async function timeInTurns(works, { ms, warmupMs }) {
  await rounds(works, warmupMs, 1);
  return rounds(works, ms, LEAST_ROUNDS);
}

/**
 * Times a work alternately with a memcpy.
 *
 * @param {() => unknown} work
 * @param {() => unknown} copy
 * @param {{ ms: number, warmupMs: number }} time
 * @returns {Promise<{ ms: number, copyMs: number, copies: number }>} medians; `copies` is that of the ratios per round
 */
export async function timeBesideCopy(work, copy, time) {
  const [copyTimes, times] = await timeInTurns([copy, work], time);
  return {
    ms: median(times),
    copyMs: median(copyTimes),
    copies: medianRatio(times, copyTimes),
  };
}

/**
 * @param {(() => unknown)[]} works
 * @param {number} ms
 * @param {number} least
 */
async function rounds(works, ms, least) {
  /** @type {number[][]} */
  const times = works.map(() => []);
  const end = performance.now() + ms;
  while (times[0].length < least || performance.now() < end) {
    for (let w = 0; w < works.length; w++) {
      const start = performance.now();
      await works[w]();
      times[w].push(performance.now() - start);
    }
  }
  return times;
}
