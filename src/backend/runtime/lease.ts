import type { DetlossError } from '../../errors.ts';
import { hostFloats } from '../../host-memory.ts';
import type { DetectionLossConfig } from '../../types.ts';
import type { AnyKernels } from '../programs/criteria/kernels.ts';
import type { Program } from './embedded.ts';
import { Engine } from './engine.ts';
import { compile, instantiate, isCompiled } from './module.ts';
import { processors, type Spawned, spawnWorker } from './spawn.ts';

/** More threads than this wait for the one that copies. */
const MOST_AUTO_THREADS = 4;
/** Values of predictions below which waking a worker takes longer than it saves. */
const LEAST_SHARED = 1 << 17;

export type WasmOptions = Pick<DetectionLossConfig, 'wasm' | 'worker'> & {
  threads: 'auto' | number;
};

/** An engine and its workers. */
interface Started<K extends AnyKernels = AnyKernels> {
  engine: Engine<K>;
  workers: Spawned[];
  /** Why the runtime allows no worker, if it does not. */
  refusal: string | undefined;
}

/** What criteria share, and how many do. */
interface Shared<K extends AnyKernels = AnyKernels> {
  starting: Promise<Started<K>>;
  users: number;
}

/** Engines in use by module and threads, so that criteria share memory and workers. */
const engines = new WeakMap<WebAssembly.Module, Map<string, Shared>>();

export interface Lease<K extends AnyKernels> {
  engine: Engine<K>;
  /** Threads at work at the moment, the calling one among them. */
  readonly threads: number;
  /** Why so many, a sentence. */
  readonly threadsReason: string;
  /** Zeros in the engine's memory where that is shared, given back with the lease. Throws BackendError. */
  allocate(length: number): Float32Array;
  /** Ends the workers with the last user. */
  release(): void;
}

/** An engine for these options. Where threads are not to be had it has fewer. Throws BackendError. */
export async function leaseEngine<K extends AnyKernels>(
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
    // Some devices have no room for the address space of a memory that is shared.
    if ((error as DetlossError).code !== 'WASM_MEMORY') throw error;
    return leaseWith(action, program, options, 0, `no memory can be shared: ${error}`);
  }
}

/** Why there can be no more than one thread; none: there can. */
function whyAlone({ wasm, threads }: WasmOptions, wanted: number): string | undefined {
  if (wanted === 1) {
    return threads === 'auto' ? 'there is one processor' : 'threads: 1 was asked for';
  }
  if (typeof SharedArrayBuffer !== 'function') {
    return 'there is no SharedArrayBuffer, for which a page needs cross-origin isolation';
  }
  return isCompiled(wasm) ? 'a WebAssembly.Module in `wasm` runs on one thread' : undefined;
}

async function leaseWith<K extends AnyKernels>(
  action: string,
  program: Program<K>,
  { wasm, threads, worker }: WasmOptions,
  workers: number,
  reason: string,
): Promise<Lease<K>> {
  const module = await compile(action, program, wasm, workers > 0);
  const known = engines.get(module) ?? new Map<string, Shared>();
  engines.set(module, known);
  const leastShared = threads === 'auto' ? LEAST_SHARED : 0;
  const key = `${workers} ${leastShared} ${worker ?? ''}`;
  // A module is of one program
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
  // Nobody who did not ask for a number waits for threads: they join when they are ready.
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
      // Memory that is not shared moves when it grows, and leaves its arrays empty.
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

function whyFewer({ workers, refusal }: Started): string {
  const failure = refusal ?? workers.find((worker) => worker.failure !== undefined)?.failure;
  return failure === undefined ? 'workers are still starting' : `a worker is missing: ${failure}`;
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

async function startEngine<K extends AnyKernels>(
  action: string,
  program: Program<K>,
  module: WebAssembly.Module,
  workers: number,
  leastShared: number,
  script: WasmOptions['worker'],
): Promise<Started<K>> {
  const kernels = await instantiate(action, program, module, workers > 0);
  const engine = new Engine(program, kernels, workers, leastShared);
  const started: Started<K> = { engine, workers: [], refusal: undefined };
  engine.pool.lost = () => terminate(started);
  const start = { module, memory: kernels.memory, ...engine.pool.start };
  const changed = (by: number) => {
    engine.pool.workers = Math.max(0, engine.pool.workers + by);
  };
  try {
    for (let i = 0; i < workers; i++) started.workers.push(spawnWorker(script, start, changed));
  } catch (error) {
    // No workers here: a policy, a permission, a runtime without them. One thread does it all.
    started.refusal = `${error}`;
  }
  return started;
}
