import { BackendError, type ErrorCode } from '../../errors.ts';
import { hostFloats } from '../../host-memory.ts';
import { loadPart } from '../../load-part.ts';
import type { Program } from './embedded.ts';
import { Engine } from './engine.ts';
import { EngineCall } from './engine-call.ts';
import { type Joined, join, once } from './join.ts';
import type { Lease, WasmOptions } from './lease.ts';
import { compile, instantiate, isCompiled } from './module.ts';

/** Most threads for 'auto': more would wait for the calling thread's copies. */
const MOST_AUTO_THREADS = 4;
/** Errors of threads that one thread does not have. */
const FEWER_THREADS: readonly ErrorCode[] = ['WASM_MEMORY', 'MODULE_LOAD'];

/** Leases engines for these options, with fewer threads if the runtime allows no more. Throws BackendError. */
export async function leaseEngine<K>(
  action: string,
  program: Program<K>,
  options: WasmOptions,
): Promise<Lease<K>> {
  const own = await joinOwn(action, program, options);
  const { threads } = options;
  const wanted = threads === 'auto' ? Math.min(processors(), MOST_AUTO_THREADS) : threads;
  const alone = whyAlone(options, wanted);
  if (alone) return leaseAlone(own, alone);
  const reason =
    threads === 'auto'
      ? `there are ${processors()} processors, and at most ${MOST_AUTO_THREADS} are used`
      : `threads: ${threads} was asked for`;
  try {
    const { leaseThreads } = await loadPart(action, 'threads', () => import('./threads.ts'));
    return await leaseThreads(action, program, options, { own, wanted, reason });
  } catch (error) {
    // Some devices have too little address space for a shared memory, and service workers load no module later
    if (error instanceof BackendError && FEWER_THREADS.includes(error.code)) {
      return leaseAlone(own, `threads are not possible: ${error}`);
    }
    own.leave();
    throw error;
  }
}

/** The calling thread's own engine, which all criteria of a program and binary share. */
async function joinOwn<K>(
  action: string,
  program: Program<K>,
  { wasm }: WasmOptions,
): Promise<Joined<Engine<K>>> {
  const module = await compile(action, program, wasm, false);
  return join(module, 'own', async () => {
    return new Engine(program, await instantiate(action, program, module, false));
  });
}

function leaseAlone<K>({ value, leave }: Joined<Engine<K>>, threadsReason: string): Lease<K> {
  return {
    threads: 1,
    threadsReason,
    open: () => new EngineCall(value),
    checkOut() {},
    // Unshared memory moves when it grows, which detaches its arrays.
    allocate: (length) => hostFloats('allocate', 'a tensor', length),
    release: once(leave),
  };
}

/** Reason why only one thread is possible; undefined if more are. */
function whyAlone({ wasm, threads }: WasmOptions, wanted: number): string | undefined {
  if (wanted === 1) {
    return threads === 'auto' ? 'there is one processor' : 'threads: 1 was asked for';
  }
  if (typeof SharedArrayBuffer !== 'function') {
    const { crossOriginIsolated = false } = globalThis as { crossOriginIsolated?: boolean };
    return crossOriginIsolated
      ? 'the engine has no SharedArrayBuffer, although the page is cross-origin isolated'
      : 'there is no SharedArrayBuffer, for which a page needs cross-origin isolation';
  }
  return isCompiled(wasm) ? 'a WebAssembly.Module in `wasm` runs on one thread' : undefined;
}

/** Logical processors. */
function processors(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}
