import { isSliceOver, PAUSE, type Stages } from '../../stages.ts';
import { Arena } from './arena.ts';
import { headerOf } from './control.ts';
import type { Program } from './embedded.ts';
import { KernelCalls, parameterBytesOf } from './kernel-calls.ts';
import type { Instance } from './module.ts';
import { Pool } from './pool.ts';
import type { Chain } from './task.ts';
import { Work } from './work.ts';

/** Slots per worker: tasks wait in them, so that a worker does not wait for the main thread's copies. */
const SLOTS_PER_WORKER = 4;
/** Chains that run at a time if there are workers: while one waits, another uses the workers. */
const CHAINS_AT_A_TIME = 4;

/** Whether workers take part in runs, and the time in ms that these have taken; NaN if other calls finished some. */
export interface Effort {
  readonly hasWorkers: boolean;
  ms: number;
}

/** One WASM memory, its kernels and the workers that share it. Scratch is valid for one stage. */
export class Engine<K> {
  readonly arena: Arena;
  readonly pool: Pool<K>;
  readonly #kernels: KernelCalls<K>;
  /** Address of the parameters of kernels that this thread calls directly. */
  readonly #parameters: number;
  /** Paused work of a call. */
  #work: Work<K, unknown> | null = null;
  /** Kept blocks that were given back while a worker might write to them. */
  #returned: Float32Array[] = [];

  /** @param workers largest number of workers */
  constructor(program: Program<K>, instance: Instance, workers: number) {
    const control = Math.ceil(instance.exports.arenaBase(0) / 64) * 64;
    const slots = workers * SLOTS_PER_WORKER;
    this.#parameters = headerOf(control, slots);
    const base = this.#parameters + parameterBytesOf(program.kernels);
    this.arena = new Arena(instance.memory, base);
    this.#kernels = new KernelCalls(program.kernels, instance, this.arena);
    this.pool = new Pool(this.#kernels, instance.memory, this.arena, control, slots);
  }

  /** Calls a kernel at once, on this thread. */
  call<Name extends keyof K & string>(kernel: Name, parameters: K[Name]): number {
    return this.#kernels.call(kernel, parameters, this.#parameters);
  }

  /**
   * Runs chains to their ends, in any order: a task's result must not depend on when it is stored. A chain's arena
   * blocks are lost when it ends.
   *
   * On the main thread of a page it pauses now and then. Another call then first finishes the paused work, because
   * only one can use the memory and the slots.
   *
   * @param effort takes the time of the run
   * @param slotBytes largest size of a task's slot
   * @returns the chains' results
   */
  *run<T>(effort: Effort, slotBytes: number, chains: Chain<K, T>[]): Stages<T[]> {
    this.#work?.finish();
    const bytes = this.#kernels.parameterBytes + slotBytes;
    const isShared = effort.hasWorkers && this.pool.workers > 0;
    if (isShared) this.pool.reserve(bytes);
    const place = { kernels: this.#kernels, arena: this.arena, pool: this.pool };
    const work = new Work(place, chains, bytes, isShared ? CHAINS_AT_A_TIME : 1);
    this.#work = work;
    let start = performance.now();
    try {
      while (work.step()) {
        if (!isSliceOver()) continue;
        effort.ms += performance.now() - start;
        yield PAUSE;
        start = performance.now();
      }
      effort.ms += this.#work === work ? performance.now() - start : Number.NaN;
      return work.results;
    } finally {
      if (this.#work === work) this.#work = null;
      if (!work.isDone) this.pool.abandon();
      this.giveBack([]);
    }
  }

  /** Gives kept blocks back to the arena once no work is paused. */
  giveBack(blocks: readonly Float32Array[]): void {
    this.#returned.push(...blocks);
    if (!this.#work) this.arena.giveBack(this.#returned.splice(0));
  }
}
