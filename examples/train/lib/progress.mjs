import { Presets, SingleBar } from 'cli-progress';

/** @import { Items } from './loss.mjs' */

const NAMES = /** @type {const} */ (['box', 'cls', 'dfl']);
/** Interval between lines if the output is no terminal. */
const NO_TERMINAL_MS = 10_000;

/** Progress bar of an epoch, with the mean loss items so far and the speed. */
export class EpochBar {
  #bar;
  #sums = { box: 0, cls: 0, dfl: 0 };
  #steps = 0;
  #scenes = 0;
  #start = performance.now();

  /**
   * @param {string} title
   * @param {number} steps
   */
  constructor(title, steps) {
    this.#bar = new SingleBar(
      {
        format: `${title} {bar} {value}/{total} · {items} · {speed} · {eta_formatted} left`,
        barsize: 20,
        clearOnComplete: true,
        hideCursor: true,
        noTTYOutput: true,
        notTTYSchedule: NO_TERMINAL_MS,
      },
      Presets.shades_classic,
    );
    this.#bar.start(steps, 0, { items: '…', speed: '…' });
  }

  /**
   * @param {Items} items of a step
   * @param {number} scenes
   */
  add(items, scenes) {
    this.#steps++;
    this.#scenes += scenes;
    for (const name of NAMES) this.#sums[name] += items[name];
    this.#bar.increment(1, { items: describeItems(this.means), speed: this.#speed() });
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
