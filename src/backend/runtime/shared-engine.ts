import { controlBytes } from './control.ts';
import { copyOfShared } from './copy-shared.ts';
import type { Program } from './embedded.ts';
import { Engine } from './engine.ts';
import type { Instance } from './module.ts';
import { Pool } from './pool.ts';
import { Sharings } from './sharing.ts';
import { type Spawned, spawnWorker, type WorkerScript } from './spawn.ts';

/** Slots per worker: tasks wait in them, so that a worker does not wait for the main thread's copies. */
const SLOTS_PER_WORKER = 4;

/** An engine whose memory workers share, with these workers and the measured choices of its calls. */
export class SharedEngine<K> {
  readonly engine: Engine<K>;
  readonly pool: Pool<K>;
  readonly sharings = new Sharings();
  readonly #workers: Spawned[] = [];
  /** Reason why there is no worker: the runtime allows none, or one was lost. */
  #refusal: string | undefined;

  /** Starts `count` workers, which take part when they are ready. */
  constructor(
    program: Program<K>,
    module: WebAssembly.Module,
    instance: Instance,
    { count, script }: { count: number; script: WorkerScript },
  ) {
    const slots = count * SLOTS_PER_WORKER;
    let pool!: Pool<K>;
    this.engine = new Engine(program, instance, {
      controlBytes: controlBytes(slots),
      copy: copyOfShared(),
      createPool: (kernels, arena, control) => {
        pool = new Pool(kernels, instance.memory, arena, { control, slots });
        return pool;
      },
    });
    this.pool = pool;
    pool.lost = () => {
      this.#refusal = 'it did not answer for some 10 s';
      this.#terminate();
    };
    const start = { module, memory: instance.memory, ...pool.start };
    try {
      for (let index = 0; index < count; index++) {
        const ended = () => pool.ended(index);
        this.#workers.push(spawnWorker(script, { ...start, index }, ended));
      }
    } catch (error) {
      // A policy, a permission or the runtime forbids workers: one thread computes everything.
      this.#refusal = `${error}`;
    }
  }

  /** Resolves when every worker is ready, has failed, or has not started in time. */
  async settled(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.settled()));
  }

  /** Reason why a worker is missing, as a sentence. */
  whyMissing(): string {
    const failed = this.#workers.find(({ failure }) => failure !== undefined);
    const failure = this.#refusal ?? failed?.failure;
    return failure === undefined ? 'workers are still starting' : `a worker is missing: ${failure}`;
  }

  stop(): void {
    // A worker that is ended in the midst of a task could still write to a tensor
    this.pool.abandon();
    this.#terminate();
  }

  #terminate(): void {
    this.pool.stop();
    for (const worker of this.#workers) worker.terminate();
  }
}
