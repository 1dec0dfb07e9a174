/** Fewer rounds than this make no median, however long one takes. */
const LEAST_ROUNDS = 5;

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle - 1)] + sorted[Math.floor(middle)]) / 2;
}

/**
 * Of what took turns, round by round.
 *
 * @param {number[]} times
 * @param {number[]} others
 */
export function medianRatio(times, others) {
  return median(times.map((t, i) => t / others[i]));
}

/**
 * Times several works that take turns, so that whatever else the machine does hits all of them alike.
 *
 * @param {(() => unknown)[]} works a promise is waited for
 * @param {{ ms: number, warmupMs: number }} time all of them together
 * @returns {Promise<number[][]>} milliseconds: a list a work, an entry a round
 */
export async function timeInTurns(works, { ms, warmupMs }) {
  await rounds(works, warmupMs, 1);
  return rounds(works, ms, LEAST_ROUNDS);
}

/**
 * A work beside a copy that takes turns with it.
 *
 * @param {() => unknown} work
 * @param {() => unknown} copy
 * @param {{ ms: number, warmupMs: number }} time
 * @returns {Promise<{ ms: number, copyMs: number, copies: number }>} medians; `copies` of the rounds' ratios
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
