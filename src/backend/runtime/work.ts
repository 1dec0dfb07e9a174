import type { Arena } from './arena.ts';
import type { KernelCalls } from './kernel-calls.ts';
import type { Pool } from './pool.ts';
import { type Chain, JOIN, type Task } from './task.ts';

/** Chains that run at a time if there are workers: while one waits, another uses the workers. */
const CHAINS_AT_A_TIME = 4;

/** A chain that has begun and not ended. */
interface Running<K, T> {
  chain: Chain<K, T>;
  index: number;
  /** Number of posted tasks whose results are not yet stored. */
  pending: number;
  isJoining: boolean;
}

/** Kernels, memory and workers that run chains. */
interface Place<K> {
  readonly kernels: KernelCalls<K>;
  readonly arena: Arena;
  /** Pool to which tasks are posted; null: this thread runs all of them. */
  readonly pool: Pool<K> | null;
}

/** Runs chains to their ends, one task per step. */
export class Work<K, T> {
  /** Results of the chains that have ended. */
  readonly results: T[] = [];
  isDone = false;
  readonly #place: Place<K>;
  readonly #chains: readonly Chain<K, T>[];
  readonly #slotBytes: number;
  readonly #running: Running<K, T>[] = [];
  #begun = 0;
  /** Address of this thread's slot. */
  #own = 0;
  #error: { cause: unknown } | null = null;

  constructor(place: Place<K>, chains: readonly Chain<K, T>[], slotBytes: number) {
    this.#place = place;
    this.#chains = chains;
    this.#slotBytes = slotBytes;
  }

  /** Runs or posts one task. Returns false if all chains have ended. */
  step(): boolean {
    if (this.#error) throw this.#error.cause;
    if (this.isDone) return false;
    const { pool } = this.#place;
    pool?.collect();
    const next = this.#nextTask();
    if (next) this.#start(next.task, next.owner);
    else if (this.#running.length > 0) pool?.help(this.#own);
    return !this.isDone;
  }

  /** Finishes at once because another call needs the memory. An error is thrown at this call's next step. */
  finish(): void {
    try {
      while (this.step());
    } catch (cause) {
      this.#error = { cause };
      this.#place.pool?.abandon();
    }
  }

  #start(task: Task<K>, owner: Running<K, T>): void {
    const { kernels, pool } = this.#place;
    if (pool) {
      owner.pending++;
      const stored = () => {
        owner.pending--;
      };
      if (pool.post(task, stored)) return;
      owner.pending--;
    }
    kernels.perform(task, this.#own);
  }

  /** Next task of the first chain that need not wait. */
  #nextTask(): { task: Task<K>; owner: Running<K, T> } | null {
    if (this.#running.length === 0) this.#beginChains();
    for (let i = 0; i < this.#running.length; ) {
      const owner = this.#running[i];
      if (owner.isJoining && owner.pending > 0) {
        i++;
        continue;
      }
      const step = owner.chain.next();
      owner.isJoining = !step.done && step.value === JOIN;
      if (step.done) this.#end(i, step.value);
      else if (step.value !== JOIN) return { task: step.value, owner };
    }
    return null;
  }

  /** Begins the next chains and frees the arena blocks of those that have ended. */
  #beginChains(): void {
    const { arena, pool } = this.#place;
    arena.reset();
    this.#own = arena.take(this.#slotBytes);
    const atATime = pool ? CHAINS_AT_A_TIME : 1;
    const end = Math.min(this.#begun + atATime, this.#chains.length);
    for (; this.#begun < end; this.#begun++) {
      const chain = this.#chains[this.#begun];
      this.#running.push({ chain, index: this.#begun, pending: 0, isJoining: false });
    }
    this.isDone = this.#running.length === 0;
  }

  #end(position: number, result: T): void {
    this.results[this.#running[position].index] = result;
    this.#running.splice(position, 1);
    this.isDone = this.#running.length === 0 && this.#begun === this.#chains.length;
  }
}
