import { isSliceOver, PAUSE, type Stages } from '../../stages.ts';
import { Arena, type CopyBytes } from './arena.ts';
import type { Program } from './embedded.ts';
import { KernelCalls, parameterBytesOf } from './kernel-calls.ts';
import type { Instance } from './module.ts';
import type { Pool } from './pool.ts';
import type { Chain } from './task.ts';
import { Work } from './work.ts';

/** Functions and sizes that an engine needs to share its memory with workers. */
export interface Threading<K> {
  /** Size of the control block. */
  readonly controlBytes: number;
  /** Copy into and out of memory that threads share. */
  readonly copy: CopyBytes;
  /** @param control address of the control block, all zeros */
  createPool(kernels: KernelCalls<K>, arena: Arena, control: number): Pool<K>;
}

/** Whether workers take part in runs, and the time in ms that these have taken; NaN if other calls finished some. */
export interface Effort {
  readonly hasWorkers: boolean;
  ms: number;
}

/** One WASM memory, its kernels, and the pool of workers that share it, if any do. Scratch is valid for one stage. */
export class Engine<K> {
  readonly arena: Arena;
  /** Null: no worker shares the memory. */
  readonly pool: Pool<K> | null;
  readonly #kernels: KernelCalls<K>;
  /** Address of the parameters of kernels that this thread calls directly. */
  readonly #parameters: number;
  /** Paused work of a call. */
  #work: Work<K, unknown> | null = null;
  /** Kept blocks that were given back while a worker might write to them. */
  #returned: Float32Array[] = [];

  constructor(
    { kernels }: Program<K>,
    { memory, exports }: Instance,
    threading: Threading<K> | null = null,
  ) {
    const control = Math.ceil(exports.arenaBase(0) / 64) * 64;
    this.#parameters = control + (threading?.controlBytes ?? 0);
    const base = this.#parameters + parameterBytesOf(kernels);
    this.arena = new Arena(memory, base, threading?.copy);
    this.#kernels = new KernelCalls(kernels, exports, this.arena);
    this.pool = threading?.createPool(this.#kernels, this.arena, control) ?? null;
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
    const pool = effort.hasWorkers && this.pool && this.pool.workers > 0 ? this.pool : null;
    pool?.reserve(bytes);
    const work = new Work({ kernels: this.#kernels, arena: this.arena, pool }, chains, bytes);
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
      if (!work.isDone) pool?.abandon();
      this.giveBack([]);
    }
  }

  /** Gives kept blocks back to the arena once no work is paused. */
  giveBack(blocks: readonly Float32Array[]): void {
    this.#returned.push(...blocks);
    if (!this.#work) this.arena.giveBack(this.#returned.splice(0));
  }
}
