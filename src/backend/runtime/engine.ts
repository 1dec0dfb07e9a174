import { isSliceOver, PAUSE, type Stages } from '../../stages.ts';
import type { AnyKernels, Kernels } from '../programs/criteria/kernels.ts';
import { Arena } from './arena.ts';
import { headerOf } from './control.ts';
import type { Program } from './embedded.ts';
import { Pool } from './pool.ts';
import type { Chain } from './task.ts';
import { Work } from './work.ts';

/** Slots a worker has: tasks wait there while it runs one, so that it need not wait for the main thread's copies. */
const SLOTS_PER_WORKER = 3;
/** Chains that are under way at a time where there are workers: what one waits for, another can use. */
const CHAINS_AT_A_TIME = 4;

/** One WASM memory, the kernels on it and the workers that share it; nothing in it outlives a stage. */
export class Engine<K extends AnyKernels = Kernels> {
  readonly kernels: K;
  readonly arena: Arena;
  readonly pool: Pool;
  readonly #leastShared: number;
  /** What is paused, of whichever call. */
  #work: Work<unknown> | null = null;
  /** Kept blocks that were given back while a worker may have been writing to them. */
  #returned: Float32Array[] = [];

  /** @param leastShared fewer values than this are not worth waking a worker for */
  constructor({ taskKernels }: Program<K>, kernels: K, workers: number, leastShared: number) {
    const control = Math.ceil(kernels.arenaBase() / 64) * 64;
    this.kernels = kernels;
    this.#leastShared = leastShared;
    const slots = workers * SLOTS_PER_WORKER;
    this.arena = new Arena(kernels.memory, headerOf(control, slots));
    this.pool = new Pool(kernels, taskKernels, this.arena, control, slots);
  }

  /**
   * Runs chains to their ends, in any order: a task's result must not depend on when it is stored. What a chain
   * takes from the arena is lost when it ends.
   *
   * On the main thread of a page it pauses now and then. A call that comes meanwhile first finishes what is
   * paused: memory and slots are those of one at a time.
   *
   * @param values numbers that the chains read, in all
   * @param slotBytes the most a task needs
   * @returns what the chains returned
   */
  *run<T>(values: number, slotBytes: number, chains: Chain<T>[]): Stages<T[]> {
    this.#work?.finish();
    const isShared =
      this.pool.workers > 0 && values >= this.#leastShared && this.pool.reserve(slotBytes);
    const work = new Work(this, chains, slotBytes, isShared ? CHAINS_AT_A_TIME : 1);
    this.#work = work;
    try {
      while (work.step()) if (isSliceOver()) yield PAUSE;
      return work.results;
    } finally {
      if (this.#work === work) this.#work = null;
      if (!work.isDone) this.pool.abandon();
      this.giveBack([]);
    }
  }

  /** Gives kept blocks back to the arena, as soon as nothing is paused. */
  giveBack(blocks: readonly Float32Array[]): void {
    this.#returned.push(...blocks);
    if (!this.#work) this.arena.giveBack(this.#returned.splice(0));
  }
}
