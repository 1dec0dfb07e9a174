import type { DetlossError } from '../../errors.ts';
import { hostFloats } from '../../host-memory.ts';
import type { DetectionLossConfig } from '../../types.ts';
import type { Program } from './embedded.ts';
import { Engine } from './engine.ts';
import { compile, instantiate, isCompiled } from './module.ts';
import { processors, type Spawned, spawnWorker } from './spawn.ts';

/** Most threads for 'auto': more would wait for the calling thread's copies. */
const MOST_AUTO_THREADS = 4;
/** Number of predicted values below which waking a worker costs more time than it saves. */
const LEAST_SHARED = 1 << 17;

export type WasmOptions = Pick<DetectionLossConfig, 'wasm' | 'worker'> & {
  threads: 'auto' | number;
};

/** An engine and its workers. */
interface Started<K> {
  engine: Engine<K>;
  workers: Spawned[];
  /** Reason why the runtime allows no worker; undefined if it does. */
  refusal: string | undefined;
}

/** An engine that criteria share, and the number of its users. */
interface Shared<K> extends Used {
  starting: Promise<Started<K>>;
}

interface Used {
  users: number;
}

/** Engines in use, by module and number of threads, so that criteria share memory and workers. */
const engines = new WeakMap<WebAssembly.Module, Map<string, Used>>();

export interface Lease<K> {
  engine: Engine<K>;
  /** Number of threads that work at present, including the calling thread. */
  readonly threads: number;
  /** Reason for that number, as a sentence. */
  readonly threadsReason: string;
  /** Allocates zeros, in the engine's memory if that is shared, until the lease is released. Throws BackendError. */
  allocate(length: number): Float32Array;
  /** Ends the use of the engine; the last user ends the workers. */
  release(): void;
}

/** Leases an engine for these options, with fewer threads if the runtime allows no more. Throws BackendError. */
export async function leaseEngine<K>(
  action: string,
  program: Program<K>,
  options: WasmOptions,
): Promise<Lease<K>> {
  const { threads } = options;
  const wanted = threads === 'auto' ? Math.min(processors(), MOST_AUTO_THREADS) : threads;
  const alone = whyAlone(options, wanted);
  if (alone) return leaseWith(action, program, options, 0, alone);
  const reason =
    threads === 'auto'
      ? `there are ${processors()} processors, and at most ${MOST_AUTO_THREADS} are used`
      : `threads: ${threads} was asked for`;
  try {
    return await leaseWith(action, program, options, wanted - 1, reason);
  } catch (error) {
    // Some devices have too little address space for a shared memory.
    if ((error as DetlossError).code !== 'WASM_MEMORY') throw error;
    return leaseWith(action, program, options, 0, `no memory can be shared: ${error}`);
  }
}

/** Reason why only one thread is possible; undefined if more are. */
function whyAlone({ wasm, threads }: WasmOptions, wanted: number): string | undefined {
  if (wanted === 1) {
    return threads === 'auto' ? 'there is one processor' : 'threads: 1 was asked for';
  }
  if (typeof SharedArrayBuffer !== 'function') {
    return 'there is no SharedArrayBuffer, for which a page needs cross-origin isolation';
  }
  return isCompiled(wasm) ? 'a WebAssembly.Module in `wasm` runs on one thread' : undefined;
}

async function leaseWith<K>(
  action: string,
  program: Program<K>,
  { wasm, threads, worker }: WasmOptions,
  workers: number,
  reason: string,
): Promise<Lease<K>> {
  const module = await compile(action, program, wasm, workers > 0);
  const known = engines.get(module) ?? new Map<string, Used>();
  engines.set(module, known);
  const leastShared = threads === 'auto' ? LEAST_SHARED : 0;
  const key = `${workers} ${leastShared} ${worker ?? ''}`;
  // A module belongs to one program
  const shared = (known.get(key) as Shared<K> | undefined) ?? {
    starting: startEngine(action, program, module, workers, leastShared, worker),
    users: 0,
  };
  known.set(key, shared);
  shared.users++;
  let started: Started<K>;
  try {
    started = await shared.starting;
  } catch (error) {
    leave(known, key, shared);
    throw error;
  }
  const { engine, workers: spawned } = started;
  // With 'auto', workers join when they are ready.
  if (threads !== 'auto') await Promise.all(spawned.map(({ settled }) => settled()));
  const blocks: Float32Array[] = [];
  return {
    engine,
    get threads() {
      return 1 + engine.pool.workers;
    },
    get threadsReason() {
      return engine.pool.workers < workers ? whyFewer(started) : reason;
    },
    allocate(length) {
      // Unshared memory moves when it grows, which detaches its arrays.
      if (workers === 0 || length === 0) return hostFloats('allocate', 'a tensor', length);
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

/** Releases the lease of an owner that is collected without a dispose; a second release does nothing. */
export function releaseWithOwner(owner: object, release: () => void): void {
  forgotten.register(owner, release);
}

const forgotten = new FinalizationRegistry<() => void>((release) => release());

function whyFewer({ workers, refusal }: Pick<Started<never>, 'workers' | 'refusal'>): string {
  const failure = refusal ?? workers.find((worker) => worker.failure !== undefined)?.failure;
  return failure === undefined ? 'workers are still starting' : `a worker is missing: ${failure}`;
}

/** Ends one use of an engine. Returns whether it was the last. */
function leave(known: Map<string, Used>, key: string, shared: Used): boolean {
  if (--shared.users > 0) return false;
  known.delete(key);
  return true;
}

function terminate<K>({ engine, workers }: Started<K>): void {
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

async function startEngine<K>(
  action: string,
  program: Program<K>,
  module: WebAssembly.Module,
  workers: number,
  leastShared: number,
  script: WasmOptions['worker'],
): Promise<Started<K>> {
  const instance = await instantiate(action, program, module, workers > 0);
  const engine = new Engine(program, instance, workers, leastShared);
  const started: Started<K> = { engine, workers: [], refusal: undefined };
  engine.pool.lost = () => terminate(started);
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
