import type { Predictions } from '../backend.ts';
import { Arena } from './arena.ts';
import { headerOf } from './control.ts';
import type { Kernels } from './module.ts';
import { Pool } from './pool.ts';
import { type Chain, JOIN, perform, type Task } from './task.ts';

/** Slots a worker has: tasks wait there while it runs one, so that it need not wait for the main thread's copies. */
const SLOTS_PER_WORKER = 3;
/** Chains that are under way at a time where there are workers: what one waits for, another can use. */
const CHAINS_AT_A_TIME = 4;
/** A chain under way. */
interface Running<T> {
  chain: Chain<T>;
  index: number;
  /** Tasks that are posted and not yet stored. */
  pending: number;
  isJoining: boolean;
}

/** One WASM memory, the kernels on it and the workers that share it; nothing in it outlives a stage. */
export class Engine {
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly pool: Pool;
  readonly #leastShared: number;

  /** @param leastShared predictions of fewer values are not worth waking a worker for */
  constructor(kernels: Kernels, workers: number, leastShared: number) {
    const control = Math.ceil(kernels.arenaBase() / 64) * 64;
    this.kernels = kernels;
    this.#leastShared = leastShared;
    this.arena = new Arena(kernels.memory, headerOf(control, workers * SLOTS_PER_WORKER));
    this.pool = new Pool(kernels, this.arena, control, workers * SLOTS_PER_WORKER);
  }

  /**
   * Runs chains to their ends, in any order: a task's result must not depend on when it is stored. What a chain
   * takes from the arena is lost when it ends.
   *
   * @param slotBytes the most a task needs
   * @returns what the chains returned
   */
  run<T>({ batch, levels }: Predictions, slotBytes: number, chains: Chain<T>[]): T[] {
    const values = levels.reduce((sum, level) => sum + batch * level.imageStride, 0);
    const isShared =
      this.pool.workers > 0 && values >= this.#leastShared && this.pool.reserve(slotBytes);
    const step = isShared ? CHAINS_AT_A_TIME : 1;
    const results: T[] = [];
    try {
      for (let first = 0; first < chains.length; first += step) {
        this.arena.reset();
        const own = this.arena.take(slotBytes);
        const group = chains.slice(first, first + step);
        if (isShared) results.push(...this.#runShared(group, own));
        else results.push(...group.map((chain) => this.#runAlone(chain, own)));
      }
    } finally {
      this.pool.abandon();
    }
    return results;
  }

  #runAlone<T>(chain: Chain<T>, slot: number): T {
    for (;;) {
      const step = chain.next();
      if (step.done) return step.value;
      if (step.value !== JOIN) perform(this.kernels, step.value, slot);
    }
  }

  #runShared<T>(chains: Chain<T>[], own: number): T[] {
    const results: T[] = [];
    const running = chains.map(
      (chain, index): Running<T> => ({ chain, index, pending: 0, isJoining: false }),
    );
    while (running.length > 0) {
      this.pool.collect();
      const next = nextTask(running, results);
      if (!next) {
        if (running.length > 0) this.pool.help(own);
      } else {
        const { task, owner } = next;
        owner.pending++;
        const stored = () => owner.pending--;
        if (!this.pool.post(task, stored)) {
          perform(this.kernels, task, own);
          stored();
        }
      }
    }
    return results;
  }
}

/** A task of the first chain that can go on; chains that end leave `running`. */
function nextTask<T>(
  running: Running<T>[],
  results: T[],
): { task: Task; owner: Running<T> } | undefined {
  for (let i = 0; i < running.length; ) {
    const owner = running[i];
    if (owner.isJoining && owner.pending > 0) {
      i++;
      continue;
    }
    const step = owner.chain.next();
    owner.isJoining = !step.done && step.value === JOIN;
    if (step.done) {
      results[owner.index] = step.value;
      running.splice(i, 1);
    } else if (step.value !== JOIN) return { task: step.value, owner };
  }
  return undefined;
}
