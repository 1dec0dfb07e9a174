import type { AnyKernels } from '../programs/criteria/kernels.ts';
import type { Arena } from './arena.ts';
import type { Pool } from './pool.ts';
import { type Chain, JOIN, perform, type Task } from './task.ts';

/** A chain under way. */
interface Running<T> {
  chain: Chain<T>;
  index: number;
  /** Tasks that are posted and not yet stored. */
  pending: number;
  isJoining: boolean;
}

/** Where chains run. */
interface Place {
  readonly kernels: AnyKernels;
  readonly arena: Arena;
  readonly pool: Pool;
}

/** Chains on their way to their ends, a task a step. */
export class Work<T> {
  /** Of the chains that have ended. */
  readonly results: T[] = [];
  isDone = false;
  readonly #place: Place;
  readonly #chains: readonly Chain<T>[];
  readonly #slotBytes: number;
  readonly #atATime: number;
  readonly #running: Running<T>[] = [];
  #begun = 0;
  /** Slot of this thread. */
  #own = 0;
  #error: { cause: unknown } | null = null;

  /** @param atATime chains under way at a time; 1: their tasks are not posted to workers */
  constructor(place: Place, chains: readonly Chain<T>[], slotBytes: number, atATime: number) {
    this.#place = place;
    this.#chains = chains;
    this.#slotBytes = slotBytes;
    this.#atATime = atATime;
  }

  /** Gets on by one task. False: all chains have ended. */
  step(): boolean {
    if (this.#error) throw this.#error.cause;
    if (this.isDone) return false;
    const { pool } = this.#place;
    if (this.#atATime > 1) pool.collect();
    const next = this.#nextTask();
    if (next) this.#start(next.task, next.owner);
    else if (this.#running.length > 0) pool.help(this.#own);
    return !this.isDone;
  }

  /** Goes to the end at once, for another call. An error is its own call's, which meets it at its next step. */
  finish(): void {
    try {
      while (this.step());
    } catch (cause) {
      this.#error = { cause };
      this.#place.pool.abandon();
    }
  }

  #start(task: Task, owner: Running<T>): void {
    const { kernels, pool } = this.#place;
    if (this.#atATime > 1) {
      owner.pending++;
      const stored = () => {
        owner.pending--;
      };
      if (pool.post(task, stored)) return;
      owner.pending--;
    }
    perform(kernels, task, this.#own);
  }

  /** A task of the first chain that can go on. */
  #nextTask(): { task: Task; owner: Running<T> } | null {
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

  /** The next few: what those before took of the arena is free. */
  #beginChains(): void {
    const { arena } = this.#place;
    arena.reset();
    this.#own = arena.take(this.#slotBytes);
    const end = Math.min(this.#begun + this.#atATime, this.#chains.length);
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
