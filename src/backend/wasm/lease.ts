import type { DetlossError } from '../../errors.ts';
import type { DetectionLossConfig } from '../../types.ts';
import { Engine } from './engine.ts';
import { compile, instantiate, isCompiled } from './module.ts';
import { processors, type Spawned, spawnWorker } from './spawn.ts';
import { TASK_KERNELS } from './task.ts';

/** More threads than this wait for the one that copies. */
const MOST_AUTO_THREADS = 4;
/** Values of predictions below which waking a worker takes longer than it saves. */
const LEAST_SHARED = 1 << 17;

export type WasmOptions = Pick<DetectionLossConfig, 'wasm' | 'worker'> & {
  threads: 'auto' | number;
};

/** An engine and its workers. */
interface Started {
  engine: Engine;
  workers: Spawned[];
}

/** What criteria share, and how many do. */
interface Shared {
  starting: Promise<Started>;
  users: number;
}

/** Engines in use by module and threads, so that criteria share memory and workers. */
const engines = new WeakMap<WebAssembly.Module, Map<string, Shared>>();

export interface Lease {
  engine: Engine;
  /** Zeros in the engine's memory where that is shared, given back with the lease. Throws BackendError. */
  allocate(length: number): Float32Array;
  /** Ends the workers with the last user. */
  release(): void;
}

/** An engine for these options. Where threads are not to be had it has fewer. Throws BackendError. */
export async function leaseEngine(action: string, options: WasmOptions): Promise<Lease> {
  const { wasm, threads } = options;
  const wanted = threads === 'auto' ? Math.min(processors(), MOST_AUTO_THREADS) : threads;
  const canShare = typeof SharedArrayBuffer === 'function' && !isCompiled(wasm);
  const workers = canShare ? wanted - 1 : 0;
  try {
    return await leaseWith(action, options, workers);
  } catch (error) {
    // Some devices have no room for the address space of a memory that is shared.
    if (workers === 0 || (error as DetlossError).code !== 'WASM_MEMORY') throw error;
    return leaseWith(action, options, 0);
  }
}

async function leaseWith(
  action: string,
  { wasm, threads, worker }: WasmOptions,
  workers: number,
): Promise<Lease> {
  const module = await compile(action, wasm, workers > 0);
  const known = engines.get(module) ?? new Map<string, Shared>();
  engines.set(module, known);
  const leastShared = threads === 'auto' ? LEAST_SHARED : 0;
  const key = `${workers} ${leastShared} ${worker ?? ''}`;
  const shared = known.get(key) ?? {
    starting: startEngine(action, module, workers, leastShared, worker),
    users: 0,
  };
  known.set(key, shared);
  shared.users++;
  let started: Started;
  try {
    started = await shared.starting;
  } catch (error) {
    leave(known, key, shared);
    throw error;
  }
  const { engine, workers: spawned } = started;
  // Nobody who did not ask for a number waits for threads: they join when they are ready.
  if (threads !== 'auto') await Promise.all(spawned.map(({ settled }) => settled()));
  const blocks: Float32Array[] = [];
  return {
    engine,
    allocate(length) {
      // Memory that is not shared moves when it grows, and leaves its arrays empty.
      if (workers === 0) return new Float32Array(length);
      const block = engine.arena.keepFloats(length);
      blocks.push(block);
      return block;
    },
    release: once(() => {
      engine.giveBack(blocks);
      if (leave(known, key, shared)) terminate(started);
    }),
  };
}

/** Whether nobody uses it any more. */
function leave(known: Map<string, Shared>, key: string, shared: Shared): boolean {
  if (--shared.users > 0) return false;
  known.delete(key);
  return true;
}

function terminate({ engine, workers }: Started): void {
  engine.pool.workers = 0;
  for (const worker of workers) worker.terminate();
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

async function startEngine(
  action: string,
  module: WebAssembly.Module,
  workers: number,
  leastShared: number,
  script: WasmOptions['worker'],
): Promise<Started> {
  const kernels = await instantiate(action, module, workers > 0);
  const engine = new Engine(kernels, workers, leastShared);
  const started: Started = { engine, workers: [] };
  engine.pool.lost = () => terminate(started);
  const start = { module, memory: kernels.memory, ...engine.pool.start, kernels: TASK_KERNELS };
  const changed = (by: number) => {
    engine.pool.workers = Math.max(0, engine.pool.workers + by);
  };
  try {
    for (let i = 0; i < workers; i++) started.workers.push(spawnWorker(script, start, changed));
  } catch {
    // No workers here: a policy, a permission, a runtime without them. One thread does it all.
  }
  return started;
}
