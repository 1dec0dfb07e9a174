/** Runs of each way that are not measured: code is not yet compiled, memory not yet in use. */
const WARM_UPS = 1;
/** Weight of the latest run in the mean time. */
const LATEST = 0.25;
/** Part of the time that workers have to save to be worth a processor. */
const LEAST_SAVED = 0.05;
/** Time that the better way runs per time that a trial of the other one lost. */
const TIME_PER_LOSS = 32;
/** Most kinds of work whose times are kept. */
const MOST_KINDS = 256;

/** One way to run a kind of work: with workers, or on the calling thread alone. */
class Way {
  runs = 0;
  /** Mean cost of a run in ms. */
  mean = 0;

  get isMeasured(): boolean {
    return this.runs > WARM_UPS;
  }

  add(cost: number): void {
    if (this.runs++ <= WARM_UPS) this.mean = cost;
    else this.mean += LATEST * (cost - this.mean);
  }
}

/**
 * Chooses by measurement whether workers take part in one kind of work.
 *
 * Another program, or another tab, may need the processor that a worker would run on, and a container or a virtual
 * machine may have less time to give than its processors promise. The calling thread would then wait for workers
 * longer than they help. No interface tells, so both ways are timed. The slower one runs again only after the other
 * has run for 32 times as long as that lost the last time: measuring costs some 3 % of the time.
 */
export class Sharing {
  readonly #shared = new Way();
  readonly #alone = new Way();
  /** Time in ms that the better way runs until the other one is tried. */
  #untilTrial = 0;

  /** Whether workers should take part in the next run. */
  isShared(): boolean {
    const [shared, alone] = [this.#shared, this.#alone];
    if (!shared.isMeasured || !alone.isMeasured) return shared.runs <= alone.runs;
    const isTrial = this.#untilTrial <= 0;
    return this.#isSharedBetter() !== isTrial;
  }

  /** Takes the time that a run took. */
  add(isShared: boolean, ms: number): void {
    const [own, other] = isShared ? [this.#shared, this.#alone] : [this.#alone, this.#shared];
    const cost = isShared ? ms : ms * (1 - LEAST_SAVED);
    if (own.isMeasured && other.isMeasured) {
      if (isShared === this.#isSharedBetter()) this.#untilTrial -= ms;
      else this.#untilTrial = TIME_PER_LOSS * (cost - other.mean);
    }
    own.add(cost);
  }

  #isSharedBetter(): boolean {
    return this.#shared.mean < this.#alone.mean;
  }
}

/** The choices of one engine, by kind of work: its name, and the number of values that it reads. */
export class Sharings {
  readonly #kinds = new Map<string, Sharing>();

  of(name: string, values: number): Sharing {
    const kind = `${name} ${values}`;
    const known = this.#kinds.get(kind);
    if (known) return known;
    if (this.#kinds.size === MOST_KINDS) this.#kinds.clear();
    const sharing = new Sharing();
    this.#kinds.set(kind, sharing);
    return sharing;
  }
}
