import type { DetectionLossConfig } from '../../types.ts';
import type { Program } from './embedded.ts';
import { Engine } from './engine.ts';
import { compile, instantiate } from './module.ts';
import { Sharings } from './sharing.ts';
import { type Spawned, spawnWorker } from './spawn.ts';

type Source = Pick<DetectionLossConfig, 'wasm' | 'worker'>;

/** An engine, its workers, and the measured choices of its calls. */
export interface Started<K> {
  engine: Engine<K>;
  sharings: Sharings;
  workers: Spawned[];
  /** Reason why there is no worker: the runtime allows none, or one was lost. */
  refusal: string | undefined;
}

/** An engine that criteria share, and the number of its users. */
interface Shared<K> extends Used {
  starting: Promise<Started<K>>;
}

interface Used {
  users: number;
}

/** Engines in use, by module and number of workers, so that criteria share memory and workers. */
const engines = new WeakMap<WebAssembly.Module, Map<string, Used>>();

/**
 * Starts an engine, or joins one that is in use.
 *
 * @param workers number of workers that share its memory; 0: it is the calling thread's own
 * @returns the engine, and the end of this use, of which the last ends the workers
 * @throws {BackendError}
 */
export async function joinEngine<K>(
  action: string,
  program: Program<K>,
  { wasm, worker }: Source,
  workers: number,
): Promise<{ started: Started<K>; leave: () => void }> {
  const module = await compile(action, program, wasm, workers > 0);
  const known = engines.get(module) ?? new Map<string, Used>();
  engines.set(module, known);
  const key = `${workers} ${workers > 0 ? (worker ?? '') : ''}`;
  // A module belongs to one program
  const shared = (known.get(key) as Shared<K> | undefined) ?? {
    starting: startEngine(action, program, module, workers, worker),
    users: 0,
  };
  known.set(key, shared);
  shared.users++;
  const leave = () => {
    if (--shared.users === 0) known.delete(key);
    return shared.users === 0;
  };
  try {
    const started = await shared.starting;
    return { started, leave: () => leave() && stop(started) };
  } catch (error) {
    leave();
    throw error;
  }
}

async function startEngine<K>(
  action: string,
  program: Program<K>,
  module: WebAssembly.Module,
  workers: number,
  script: Source['worker'],
): Promise<Started<K>> {
  const instance = await instantiate(action, program, module, workers > 0);
  const engine = new Engine(program, instance, workers);
  const started: Started<K> = {
    engine,
    sharings: new Sharings(),
    workers: [],
    refusal: undefined,
  };
  engine.pool.lost = () => {
    started.refusal = 'it did not answer for some 10 s';
    terminate(started);
  };
  const start = { module, memory: instance.memory, ...engine.pool.start };
  const changed = (by: number) => {
    engine.pool.workers = Math.max(0, engine.pool.workers + by);
  };
  try {
    for (let i = 0; i < workers; i++) started.workers.push(spawnWorker(script, start, changed));
  } catch (error) {
    // A policy, a permission or the runtime forbids workers: one thread computes everything.
    started.refusal = `${error}`;
  }
  return started;
}

function stop<K>(started: Started<K>): void {
  // A worker that is ended in the midst of a task could still write to a tensor
  started.engine.pool.abandon();
  terminate(started);
}

function terminate<K>({ engine, workers }: Started<K>): void {
  engine.pool.workers = 0;
  for (const worker of workers) worker.terminate();
}
