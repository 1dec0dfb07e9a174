import type { Arena } from './arena.ts';
import {
  ABANDONED,
  DONE,
  EPOCH,
  FAILED,
  FREE,
  headerOf,
  IN_PLACE,
  KERNEL,
  PARAMETERS,
  POSTED,
  RESULT,
  RUNNING,
  SLEEPERS,
  STATE,
} from './control.ts';
import type { KernelCalls } from './kernel-calls.ts';
import type { Task } from './task.ts';

/** Time after which the main thread runs a worker's task itself if nothing else can go on. */
const PATIENCE_MS = 0.5;
/** Time that a worker may take to write to a tensor before it counts as dead. */
const LAST_PATIENCE_MS = 2000;

/** A task that workers may run. */
interface Posted<K> {
  task: Task<K>;
  stored(): void;
}

/**
 * Slots of shared memory through which the main thread passes tasks to workers.
 *
 * The main thread does not depend on workers: it takes back a task that no worker has begun, and runs a task that takes
 * too long again elsewhere. A dead or slow worker costs time but no result.
 */
export class Pool<K> {
  /** Number of workers that run tasks. */
  workers = 0;
  /** Called when a worker counts as dead, to end all workers. */
  lost: () => void = () => {};
  readonly #kernels: KernelCalls<K>;
  readonly #arena: Arena;
  readonly #control: number;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  /** Task of each slot; null: no one awaits its result. */
  readonly #posted: (Posted<K> | null)[];
  #slots = 0;
  #slotBytes = 0;

  /** @param control address of the control block, all zeros */
  constructor(
    kernels: KernelCalls<K>,
    memory: WebAssembly.Memory,
    arena: Arena,
    control: number,
    slots: number,
  ) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#control = control;
    this.#i32 = new Int32Array(memory.buffer);
    this.#f64 = new Float64Array(memory.buffer);
    this.#posted = Array.from({ length: slots }, () => null);
  }

  /** Fields of the start message to a worker. */
  get start(): { control: number; slots: number; kernels: readonly string[] } {
    const [control, slots] = [this.#control, this.#posted.length];
    return { control, slots, kernels: this.#kernels.names };
  }

  /** Makes every slot this large. Returns false if a late worker still uses a slot. */
  reserve(slotBytes: number): boolean {
    if (slotBytes <= this.#slotBytes) return true;
    if (this.#posted.some((_, slot) => this.#stateOf(slot) !== FREE)) return false;
    this.#slots = this.#arena.keep(slotBytes * this.#posted.length);
    this.#slotBytes = slotBytes;
    return true;
  }

  /** Posts a task; `collect` calls `stored` once it is done. Returns false if no slot is free. */
  post(task: Task<K>, stored: () => void): boolean {
    const slot = this.#posted.findIndex((_, i) => this.#stateOf(i) === FREE);
    if (slot < 0 || this.workers === 0) return false;
    const address = this.#addressOf(slot);
    this.#kernels.load(task, address);
    const word = headerOf(this.#control, slot) >>> 2;
    this.#i32[word + KERNEL] = this.#kernels.names.indexOf(task.kernel as keyof K & string);
    this.#i32[word + PARAMETERS] = address;
    this.#i32[word + IN_PLACE] = task.isInPlace ? 1 : 0;
    this.#posted[slot] = { task, stored };
    Atomics.store(this.#i32, word + STATE, POSTED);
    this.#wake();
    return true;
  }

  /** Stores the results of finished tasks. A kernel that trapped on a worker runs, and traps, here again. */
  collect(): void {
    for (let slot = 0; slot < this.#posted.length; slot++) {
      const state = this.#stateOf(slot);
      if (state === DONE)
        this.#settle(slot, this.#f64[(headerOf(this.#control, slot) >>> 3) + RESULT]);
      else if (state === FAILED) {
        // The kernel may have changed its slot before it trapped.
        const posted = this.#posted[slot];
        if (posted) this.#kernels.load(posted.task, this.#addressOf(slot));
        this.#runTakenBack(slot);
      }
    }
  }

  /** Advances posted tasks: takes one back, waits for one, or runs one again in the slot `spare`. */
  help(spare: number): void {
    const unbegun = this.#posted.findIndex((_, slot) => this.#swap(slot, POSTED, RUNNING));
    if (unbegun >= 0) this.#runTakenBack(unbegun);
    else if (!this.#waitFor(PATIENCE_MS)) this.#performAgain(spare);
  }

  /** Spins until a worker has finished a task. Returns false after `ms`. */
  #waitFor(ms: number): boolean {
    const end = performance.now() + ms;
    do {
      for (let slot = 0; slot < this.#posted.length; slot++) {
        const state = this.#stateOf(slot);
        if (state === DONE || state === FAILED) return true;
      }
    } while (performance.now() < end);
    return false;
  }

  /** Runs a late worker's task again. A task that writes to a tensor has to wait until the worker counts as dead. */
  #performAgain(spare: number): void {
    let late = this.#posted.findIndex((_, slot) => this.#swap(slot, RUNNING, ABANDONED));
    if (late < 0) {
      if (this.workers > 0 && this.#waitFor(LAST_PATIENCE_MS)) return;
      this.lost();
      late = this.#posted.findIndex((posted) => posted !== null);
    }
    const posted = this.#posted[late];
    this.#posted[late] = null;
    if (!posted) return;
    this.#kernels.perform(posted.task, spare);
    posted.stored();
  }

  /** Abandons all tasks of a failed call. */
  abandon(): void {
    // Unbegun tasks first, so that no worker begins one while this thread waits for others.
    for (let slot = 0; slot < this.#posted.length; slot++) this.#swap(slot, POSTED, DONE);
    const end = performance.now() + LAST_PATIENCE_MS;
    for (let slot = 0; slot < this.#posted.length; slot++) {
      if (this.#posted[slot] === null) continue;
      this.#posted[slot] = null;
      while (this.#stateOf(slot) !== DONE && this.workers > 0 && performance.now() < end) {
        if (this.#swap(slot, FAILED, DONE)) break;
        if (this.#swap(slot, RUNNING, ABANDONED)) break;
      }
      this.#swap(slot, DONE, FREE);
    }
  }

  /** Runs a posted task in its slot, on this thread. */
  #runTakenBack(slot: number): void {
    const task = this.#posted[slot]?.task;
    if (!task) {
      this.#setState(slot, FREE);
      return;
    }
    const kernel = task.kernel as keyof K & string;
    this.#settle(slot, this.#kernels.run(kernel, this.#addressOf(slot)));
  }

  #settle(slot: number, result: number): void {
    const posted = this.#posted[slot];
    this.#posted[slot] = null;
    if (posted) this.#kernels.store(posted.task, this.#addressOf(slot), result);
    this.#setState(slot, FREE);
    posted?.stored();
  }

  #wake(): void {
    const epoch = (this.#control >>> 2) + EPOCH;
    Atomics.add(this.#i32, epoch, 1);
    if (Atomics.load(this.#i32, (this.#control >>> 2) + SLEEPERS) > 0) {
      Atomics.notify(this.#i32, epoch);
    }
  }

  #swap(slot: number, from: number, to: number): boolean {
    const at = (headerOf(this.#control, slot) >>> 2) + STATE;
    return Atomics.compareExchange(this.#i32, at, from, to) === from;
  }

  #stateOf(slot: number): number {
    return Atomics.load(this.#i32, (headerOf(this.#control, slot) >>> 2) + STATE);
  }

  #setState(slot: number, state: number): void {
    Atomics.store(this.#i32, (headerOf(this.#control, slot) >>> 2) + STATE, state);
  }

  #addressOf(slot: number): number {
    return this.#slots + slot * this.#slotBytes;
  }
}
