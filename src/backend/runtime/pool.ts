import { BackendError } from '../../errors.ts';
import type { Arena } from './arena.ts';
import {
  DONE,
  EPOCH,
  FAILED,
  FREE,
  headerOf,
  KERNEL,
  PARAMETERS,
  POSTED,
  READY,
  READY_WORDS,
  RESULT,
  RUNNING,
  SLEEPERS,
  STATE,
} from './control.ts';
import type { KernelCalls } from './kernel-calls.ts';
import type { Task } from './task.ts';

/** Number of looks at the slots in one wait, some 0.3 ms. */
const LOOKS = 2000;

/**
 * Number of waits without any result after which workers count as lost: some 10 s of this thread's own time. A clock
 * would also count the time in which the machine sleeps, or lets other processes work.
 */
export const patience = { waits: 40_000 };

/** A task that workers may run. */
interface Posted<K> {
  task: Task<K>;
  stored(): void;
}

/**
 * Slots of shared memory through which the main thread passes tasks to workers.
 *
 * The main thread takes back a task that no worker has begun, and waits for one that a worker has begun. So no worker
 * is at a task, or writes to a tensor, when a call has ended. Only workers that do not answer for very long are given up;
 * their slots are not used again.
 */
export class Pool<K> {
  /** Whether a worker that was given up may still write to a tensor in the memory that threads share. */
  mayWriteLate = false;
  /** Ends all workers; called when they are given up. */
  lost: () => void = () => {};
  readonly #kernels: KernelCalls<K>;
  readonly #arena: Arena;
  readonly #control: number;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  /** Task of each slot; null: no one awaits its result. */
  readonly #posted: (Posted<K> | null)[];
  #isStopped = false;
  #slots = 0;
  #slotBytes = 0;
  /** Number of waits since the last result. */
  #waits = 0;

  /** @param control address of the control block, all zeros */
  constructor(
    kernels: KernelCalls<K>,
    memory: WebAssembly.Memory,
    arena: Arena,
    { control, slots }: { control: number; slots: number },
  ) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#control = control;
    this.#i32 = new Int32Array(memory.buffer);
    this.#f64 = new Float64Array(memory.buffer);
    this.#posted = Array.from({ length: slots }, () => null);
  }

  /**
   * Number of workers that run tasks. It is read from the memory that they share: a program that never lets the event loop turn gets no
   * messages.
   */
  get workers(): number {
    let count = 0;
    for (let word = 0; word < READY_WORDS && !this.#isStopped; word++) {
      let bits = Atomics.load(this.#i32, (this.#control >>> 2) + READY + word);
      for (; bits !== 0; bits &= bits - 1) count++;
    }
    return count;
  }

  /** Counts out a worker that has ended. */
  ended(index: number): void {
    const word = (this.#control >>> 2) + READY + (index >>> 5);
    Atomics.and(this.#i32, word, ~(1 << (index & 31)));
  }

  /** Counts all workers out, those too that are still starting. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Fields of the start message to a worker. */
  get start(): { control: number; slots: number; kernels: readonly string[] } {
    const [control, slots] = [this.#control, this.#posted.length];
    return { control, slots, kernels: this.#kernels.names };
  }

  /** Makes every slot this large. All slots are free. */
  reserve(slotBytes: number): void {
    if (slotBytes <= this.#slotBytes) return;
    const count = this.#posted.length;
    if (this.#slotBytes > 0) this.#arena.release(this.#slots, this.#slotBytes * count);
    this.#slotBytes = 0;
    this.#slots = this.#arena.keep(slotBytes * count);
    this.#slotBytes = slotBytes;
  }

  /** Posts a task; `collect` calls `stored` once it is done. Returns false if no slot is free. */
  post(task: Task<K>, stored: () => void): boolean {
    if (this.workers === 0) return false;
    const slot = this.#posted.indexOf(null);
    if (slot < 0) return false;
    const address = this.#addressOf(slot);
    this.#kernels.load(task, address);
    const word = headerOf(this.#control, slot) >>> 2;
    this.#i32[word + KERNEL] = this.#kernels.names.indexOf(task.kernel as keyof K & string);
    this.#i32[word + PARAMETERS] = address;
    this.#posted[slot] = { task, stored };
    Atomics.store(this.#i32, word + STATE, POSTED);
    this.#wake();
    return true;
  }

  /** Stores the results of finished tasks. A kernel that trapped on a worker runs, and traps, here again. */
  collect(): void {
    for (let slot = 0; slot < this.#posted.length; slot++) {
      const state = this.#stateOf(slot);
      if (state === DONE) {
        const result = this.#f64[(headerOf(this.#control, slot) >>> 3) + RESULT];
        this.#store(this.#take(slot), slot, result);
      } else if (state === FAILED) {
        // The kernel may have changed its slot before it trapped.
        const posted = this.#posted[slot];
        if (posted) this.#kernels.load(posted.task, this.#addressOf(slot));
        this.#runHere(slot);
      }
    }
  }

  /**
   * Advances posted tasks: runs one that no worker has begun, or waits a little for workers. If they are given up, it
   * runs their tasks in the slot `spare`.
   *
   * @throws {BackendError} THREADS_LOST: a worker that was given up may still write to a tensor
   */
  help(spare: number): void {
    const unbegun = this.#posted.findIndex((_, slot) => this.#swap(slot, POSTED, RUNNING));
    if (unbegun >= 0) this.#runHere(unbegun);
    else if (this.#spinUntil(() => this.#has(DONE) || this.#has(FAILED))) this.#waits = 0;
    else if (++this.#waits >= patience.waits) this.#giveUp(spare);
  }

  /** Takes back all tasks of a call that has failed, and waits for those that workers have begun. */
  abandon(): void {
    for (let slot = 0; slot < this.#posted.length; slot++) this.#swap(slot, POSTED, FREE);
    this.#waits = 0;
    while (!this.#spinUntil(() => !this.#has(RUNNING))) {
      if (++this.#waits < patience.waits) continue;
      this.#lose();
      break;
    }
    for (let slot = 0; slot < this.#posted.length; slot++) this.#setState(slot, FREE);
    this.#posted.fill(null);
  }

  /** Ends the workers, which do not answer, and runs their tasks here. */
  #giveUp(spare: number): void {
    this.#lose();
    if (this.mayWriteLate) {
      throw new BackendError(
        'THREADS_LOST',
        'a worker thread did not answer, and may still write to tensors of `allocate`: allocate new ones',
      );
    }
    const left = this.#posted.filter((posted) => posted !== null);
    this.#posted.fill(null);
    for (const { task, stored } of left) {
      this.#kernels.perform(task, spare);
      stored();
    }
  }

  #lose(): void {
    this.mayWriteLate ||= this.#posted.some((posted) => posted?.task.isInPlace);
    this.lost();
  }

  /** Runs a task in its slot, on this thread. */
  #runHere(slot: number): void {
    const posted = this.#take(slot);
    if (!posted) return;
    const kernel = posted.task.kernel as keyof K & string;
    this.#store(posted, slot, this.#kernels.run(kernel, this.#addressOf(slot)));
  }

  /** Takes a task out of its slot, whose memory stays as it is until the next task is posted. */
  #take(slot: number): Posted<K> | null {
    const posted = this.#posted[slot];
    this.#posted[slot] = null;
    this.#setState(slot, FREE);
    return posted;
  }

  #store(posted: Posted<K> | null, slot: number, result: number): void {
    if (posted) this.#kernels.store(posted.task, this.#addressOf(slot), result);
    posted?.stored();
  }

  #wake(): void {
    const counters = this.#control >>> 2;
    Atomics.add(this.#i32, counters + EPOCH, 1);
    // A worker may wake up late, on a busy processor: it is not woken again for every task until then
    if (Atomics.exchange(this.#i32, counters + SLEEPERS, 0) > 0) {
      Atomics.notify(this.#i32, counters + EPOCH);
    }
  }

  /** Looks until a worker has brought something about, some 0.3 ms. Returns whether it has. */
  #spinUntil(isSo: () => boolean): boolean {
    for (let look = 0; look < LOOKS; look++) if (isSo()) return true;
    return false;
  }

  /** Whether any slot is in this state. */
  #has(state: number): boolean {
    for (let slot = 0; slot < this.#posted.length; slot++) {
      if (this.#stateOf(slot) === state) return true;
    }
    return false;
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
