import type { AnyKernels } from '../programs/criteria/kernels.ts';
import type { Arena } from './arena.ts';
import {
  ABANDONED,
  ARGUMENTS,
  DONE,
  EPOCH,
  FAILED,
  FREE,
  headerOf,
  IN_PLACE,
  KERNEL,
  MAX_ARGUMENTS,
  POSTED,
  RESULT,
  RUNNING,
  SLEEPERS,
  STATE,
} from './control.ts';
import { perform, runKernel, type Task } from './task.ts';

/** How long all else waits for a task that a worker runs, before the main thread does it itself. */
const PATIENCE_MS = 0.5;
/** How long a worker may write to a tensor before it counts as dead. */
const LAST_PATIENCE_MS = 2000;

/** A task in the hands of the workers. */
interface Posted {
  task: Task;
  stored(): void;
}

/**
 * Slots of shared memory through which the main thread hands tasks to workers.
 *
 * It never depends on an answer: a task nobody has begun is taken back, one that takes too long is done in
 * another place. A worker that was killed, or is merely late, costs time but no result.
 */
export class Pool {
  /** Workers that run tasks. */
  workers = 0;
  /** Ends all workers: one of them is dead. */
  lost: () => void = () => {};
  readonly #kernels: AnyKernels;
  readonly #taskKernels: readonly string[];
  readonly #arena: Arena;
  readonly #control: number;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  /** What each slot holds; null: nothing that anyone waits for. */
  readonly #posted: (Posted | null)[];
  #slots = 0;
  #slotBytes = 0;

  /**
   * @param taskKernels names, in the order that workers know them
   * @param control address of the control block, all zeros
   */
  constructor(
    kernels: AnyKernels,
    taskKernels: readonly string[],
    arena: Arena,
    control: number,
    slots: number,
  ) {
    this.#kernels = kernels;
    this.#taskKernels = taskKernels;
    this.#arena = arena;
    this.#control = control;
    this.#i32 = new Int32Array(kernels.memory.buffer);
    this.#f64 = new Float64Array(kernels.memory.buffer);
    this.#posted = Array.from({ length: slots }, () => null);
  }

  /** What a worker must know of it. */
  get start(): { control: number; slots: number; kernels: readonly string[] } {
    const [control, slots] = [this.#control, this.#posted.length];
    return { control, slots, kernels: this.#taskKernels };
  }

  /** Makes every slot this large, unless a late worker still writes to one: whether they are. */
  reserve(slotBytes: number): boolean {
    if (slotBytes <= this.#slotBytes) return true;
    if (this.#posted.some((_, slot) => this.#stateOf(slot) !== FREE)) return false;
    this.#slots = this.#arena.keep(slotBytes * this.#posted.length);
    this.#slotBytes = slotBytes;
    return true;
  }

  /** Hands a task to the workers, which call `stored` in the end through `collect`. False: no slot is free. */
  post(task: Task, stored: () => void): boolean {
    const slot = this.#posted.findIndex((_, i) => this.#stateOf(i) === FREE);
    if (slot < 0 || this.workers === 0) return false;
    const address = this.#addressOf(slot);
    const values = task.load(address);
    const header = headerOf(this.#control, slot);
    this.#i32[(header >>> 2) + KERNEL] = this.#taskKernels.indexOf(task.kernel);
    this.#f64.set(values, (header >>> 3) + ARGUMENTS);
    this.#i32[(header >>> 2) + IN_PLACE] = task.isInPlace ? 1 : 0;
    this.#posted[slot] = { task, stored };
    Atomics.store(this.#i32, (header >>> 2) + STATE, POSTED);
    this.#wake();
    return true;
  }

  /** Stores what the workers have finished. A kernel that trapped there traps here. */
  collect(): void {
    for (let slot = 0; slot < this.#posted.length; slot++) {
      const state = this.#stateOf(slot);
      if (state === DONE)
        this.#settle(slot, this.#f64[(headerOf(this.#control, slot) >>> 3) + RESULT]);
      else if (state === FAILED) {
        // What trapped may have changed its slot first.
        this.#posted[slot]?.task.load(this.#addressOf(slot));
        this.#runTakenBack(slot);
      }
    }
  }

  /** Gets on with what is posted: takes a task back, waits for one, or does one again in `spare`. */
  help(spare: number): void {
    const unbegun = this.#posted.findIndex((_, slot) => this.#swap(slot, POSTED, RUNNING));
    if (unbegun >= 0) this.#runTakenBack(unbegun);
    else if (!this.#waitFor(PATIENCE_MS)) this.#performAgain(spare);
  }

  /** Spins until a worker has finished something: whether one has. */
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

  /** Does what a worker is late with; a tensor that it writes to is its own until it counts as dead. */
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
    perform(this.#kernels, posted.task, spare);
    posted.stored();
  }

  /** Forgets all tasks: their call has failed. */
  abandon(): void {
    // First, or workers go on with them while others are waited for.
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

  /** Runs a posted task where it is. */
  #runTakenBack(slot: number): void {
    const task = this.#posted[slot]?.task;
    if (!task) {
      this.#setState(slot, FREE);
      return;
    }
    const word = (headerOf(this.#control, slot) >>> 3) + ARGUMENTS;
    const values = [...this.#f64.subarray(word, word + MAX_ARGUMENTS)];
    this.#settle(slot, runKernel(this.#kernels, task.kernel, values));
  }

  #settle(slot: number, result: number): void {
    const posted = this.#posted[slot];
    this.#posted[slot] = null;
    posted?.task.store(this.#addressOf(slot), result);
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
