import type { Stages } from '../../stages.ts';
import type { Arena } from './arena.ts';
import type { Effort, Engine } from './engine.ts';
import type { Sharing } from './sharing.ts';
import type { Chain } from './task.ts';

/** A call's use of an engine, with workers or without. */
export class EngineCall<K> implements Effort {
  readonly arena: Arena;
  readonly hasWorkers: boolean;
  ms = 0;
  readonly #engine: Engine<K>;
  readonly #sharing: Sharing | null;

  /** @param sharing takes the time of the call when it ends */
  constructor(engine: Engine<K>, hasWorkers = false, sharing: Sharing | null = null) {
    this.arena = engine.arena;
    this.hasWorkers = hasWorkers;
    this.#engine = engine;
    this.#sharing = sharing;
  }

  /** Calls a kernel at once, on this thread. */
  call<Name extends keyof K & string>(kernel: Name, parameters: K[Name]): number {
    return this.#engine.call(kernel, parameters);
  }

  /** Runs chains to their ends; see `Engine.run`. */
  run<T>(slotBytes: number, chains: Chain<K, T>[]): Stages<T[]> {
    return this.#engine.run(this, slotBytes, chains);
  }

  end(): void {
    if (this.ms > 0) this.#sharing?.add(this.hasWorkers, this.ms);
  }
}
