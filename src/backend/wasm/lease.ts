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

/** An engine in use, its workers, and how many use it. */
interface Shared {
  engine: Engine;
  workers: Spawned[];
  users: number;
}

/** Engines in use by module and number of threads, so that criteria share memory and workers. */
const engines = new WeakMap<WebAssembly.Module, Map<string, Promise<Shared>>>();

export interface Lease {
  engine: Engine;
  /** Zeros in the engine's memory where that is shared, given back with the lease. Throws BackendError. */
  allocate(action: string, length: number): Float32Array;
  /** Ends the workers with the last user. */
  release(): void;
}

/** An engine for these options. Where threads are not for the taking it has fewer. Throws BackendError. */
export async function leaseEngine(
  action: string,
  { wasm, threads, worker }: WasmOptions,
): Promise<Lease> {
  const wanted = threads === 'auto' ? Math.min(processors(), MOST_AUTO_THREADS) : threads;
  const canShare = typeof SharedArrayBuffer === 'function' && !isCompiled(wasm);
  const workers = canShare ? wanted - 1 : 0;
  const module = await compile(action, wasm, workers > 0);
  const known = engines.get(module) ?? new Map<string, Promise<Shared>>();
  engines.set(module, known);
  const leastShared = threads === 'auto' ? LEAST_SHARED : 0;
  const key = `${workers} ${leastShared} ${worker ?? ''}`;
  const pending = known.get(key) ?? startEngine(action, module, workers, leastShared, worker);
  known.set(key, pending);
  pending.catch(() => known.delete(key));
  const shared = await pending;
  shared.users++;
  // Nobody who did not ask for a number waits for threads: they join when they are ready.
  if (threads !== 'auto') await Promise.all(shared.workers.map(({ settled }) => settled()));
  const blocks: Float32Array[] = [];
  let isReleased = false;
  return {
    engine: shared.engine,
    allocate(_, length) {
      // Memory that is not shared moves when it grows, and leaves its arrays empty.
      if (workers === 0) return new Float32Array(length);
      const block = shared.engine.arena.keepFloats(length);
      blocks.push(block);
      return block;
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      shared.engine.arena.giveBack(blocks);
      if (--shared.users > 0) return;
      known.delete(key);
      for (const { terminate } of shared.workers) terminate();
    },
  };
}

async function startEngine(
  action: string,
  module: WebAssembly.Module,
  workers: number,
  leastShared: number,
  script: WasmOptions['worker'],
): Promise<Shared> {
  const kernels = await instantiate(action, module, workers > 0);
  const engine = new Engine(kernels, workers, leastShared);
  const spawned: Spawned[] = [];
  const start = { module, memory: kernels.memory, ...engine.pool.start, kernels: TASK_KERNELS };
  engine.pool.lost = () => {
    for (const { terminate } of spawned) terminate();
    engine.pool.workers = 0;
  };
  try {
    for (let i = 0; i < workers; i++) {
      spawned.push(
        spawnWorker(script, start, (by) => {
          engine.pool.workers += by;
        }),
      );
    }
  } catch {
    // No workers here: a policy, a permission, a runtime without them. One thread does it all.
  }
  return { engine, workers: spawned, users: 0 };
}
