import { Presets, SingleBar } from 'cli-progress';

/** @import { Items } from './loss.mjs' */

const NAMES = /** @type {const} */ (['box', 'cls', 'dfl']);
/** Interval between lines if the output is no terminal. */
const NO_TERMINAL_MS = 10_000;

/** Time that is left of a run, if its other steps take as long on average, with their share of validation. */
export class RunTime {
  #steps;
  #now;
  #start;
  #done = 0;

  /**
   * @param {number} steps of all epochs
   * @param {() => number} now time in ms
   */
  constructor(steps, now = () => performance.now()) {
    this.#steps = steps;
    this.#now = now;
    this.#start = now();
  }

  /** Counts a step. */
  add() {
    this.#done++;
  }

  /** Such as '2 min' or '40 s'; '…' before the first step. */
  get left() {
    if (this.#done === 0) return '…';
    const mean = (this.#now() - this.#start) / this.#done;
    const seconds = Math.round((mean * (this.#steps - this.#done)) / 1000);
    return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  }
}

/** Progress bar of an epoch, with the mean loss items so far, the speed, and the time that is left of the whole run. */
export class EpochBar {
  #bar;
  #run;
  #sums = { box: 0, cls: 0, dfl: 0 };
  #steps = 0;
  #scenes = 0;
  #start = performance.now();

  /**
   * @param {string} title
   * @param {number} steps of the epoch
   * @param {RunTime} run
   */
  constructor(title, steps, run) {
    this.#run = run;
    this.#bar = new SingleBar(
      {
        format: `${title} {bar} {value}/{total} · {items} · {speed} · {left} left`,
        barsize: 20,
        clearOnComplete: true,
        hideCursor: true,
        noTTYOutput: true,
        notTTYSchedule: NO_TERMINAL_MS,
      },
      Presets.shades_classic,
    );
    this.#bar.start(steps, 0, { items: '…', speed: '…', left: run.left });
  }

  /**
   * @param {Items} items of a step
   * @param {number} scenes
   */
  add(items, scenes) {
    this.#steps++;
    this.#scenes += scenes;
    for (const name of NAMES) this.#sums[name] += items[name];
    this.#run.add();
    const { left } = this.#run;
    this.#bar.increment(1, { items: describeItems(this.means), speed: this.#speed(), left });
  }

  /** @returns {Items} */
  get means() {
    const [box, cls, dfl] = NAMES.map((name) => this.#sums[name] / this.#steps);
    return { box, cls, dfl };
  }

  stop() {
    this.#bar.stop();
  }

  #speed() {
    const seconds = (performance.now() - this.#start) / 1000;
    return `${(this.#scenes / seconds).toFixed(0)} scenes/s`;
  }
}

/** @param {Items} items */
export function describeItems(items) {
  return NAMES.map((name) => `${name} ${items[name].toFixed(3)}`).join(', ');
}
