import { BackendError, type DetlossError, ShapeError } from '../../errors.ts';
import { hostFloats } from '../../host-memory.ts';
import type { DetectionLossConfig } from '../../types.ts';
import type { Program } from './embedded.ts';
import { EngineCall } from './engine-call.ts';
import { joinEngine, type Started } from './engines.ts';
import { isCompiled } from './module.ts';
import { processors } from './spawn.ts';

/** Most threads for 'auto': more would wait for the calling thread's copies. */
const MOST_AUTO_THREADS = 4;
/** Number of input values below which waking a worker costs more time than it saves. */
const LEAST_SHARED = 1 << 17;

export type WasmOptions = Pick<DetectionLossConfig, 'wasm' | 'worker'> & {
  threads: 'auto' | number;
};

/** What decides whether a call's work is shared with workers. */
export interface Use {
  /** Method and loss: calls of another name or size are measured apart. */
  name: string;
  /** Number of input values. */
  values: number;
  /** Tensors that kernels can read and write in place if they lie in the memory that threads share. */
  tensors: readonly unknown[];
}

export interface Lease<K> {
  /** Number of threads that work at present, including the calling thread. */
  readonly threads: number;
  /** Reason for that number, as a sentence. */
  readonly threadsReason: string;
  /** Opens a call, on the engine that takes less time for it. `use` is asked only if there is a choice. */
  open(use: () => Use): EngineCall<K>;
  /**
   * Checks that a call may write to an output.
   *
   * @throws {ShapeError} OUT_ALIASES_INPUT: it overlaps the kernels' own data
   * @throws {BackendError} THREADS_LOST: a lost worker may still write to it
   */
  checkOut(action: string, name: string, out: object | null): void;
  /** Allocates zeros, in the memory that threads share if there is one, until the release. Throws BackendError. */
  allocate(length: number): Float32Array;
  /** Ends the use of the engines; the last user ends the workers. */
  release(): void;
}

/** Leases engines for these options, with fewer threads if the runtime allows no more. Throws BackendError. */
export async function leaseEngine<K>(
  action: string,
  program: Program<K>,
  options: WasmOptions,
): Promise<Lease<K>> {
  const { threads } = options;
  const wanted = threads === 'auto' ? Math.min(processors(), MOST_AUTO_THREADS) : threads;
  const own = joinEngine(action, program, options, 0);
  const alone = whyAlone(options, wanted);
  if (alone) return leaseAlone(await own, alone);
  const [joined, shared] = await Promise.allSettled([
    own,
    joinEngine(action, program, options, wanted - 1),
  ]);
  if (joined.status === 'rejected') {
    if (shared.status === 'fulfilled') shared.value.leave();
    throw joined.reason;
  }
  if (shared.status === 'fulfilled') {
    return leaseShared(joined.value, shared.value, { threads, wanted });
  }
  // Some devices have too little address space for a shared memory.
  if ((shared.reason as DetlossError).code === 'WASM_MEMORY') {
    return leaseAlone(joined.value, `no memory can be shared: ${shared.reason}`);
  }
  joined.value.leave();
  throw shared.reason;
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

type Joined<K> = Awaited<ReturnType<typeof joinEngine<K>>>;

function leaseAlone<K>({ started: { engine }, leave }: Joined<K>, threadsReason: string): Lease<K> {
  return {
    threads: 1,
    threadsReason,
    open: () => new EngineCall(engine),
    checkOut() {},
    // Unshared memory moves when it grows, which detaches its arrays.
    allocate: (length) => hostFloats('allocate', 'a tensor', length),
    release: once(leave),
  };
}

async function leaseShared<K>(
  own: Joined<K>,
  shared: Joined<K>,
  { threads, wanted }: { threads: 'auto' | number; wanted: number },
): Promise<Lease<K>> {
  const { started } = shared;
  const { arena, pool } = started.engine;
  // With 'auto', workers join when they are ready.
  if (threads !== 'auto') await Promise.all(started.workers.map(({ settled }) => settled()));
  const leastShared = threads === 'auto' ? LEAST_SHARED : 0;
  const reason =
    threads === 'auto'
      ? `there are ${processors()} processors, and at most ${MOST_AUTO_THREADS} are used`
      : `threads: ${threads} was asked for`;
  const blocks: Float32Array[] = [];
  return {
    get threads() {
      return 1 + pool.workers;
    },
    get threadsReason() {
      return 1 + pool.workers < wanted ? whyFewer(started) : reason;
    },
    open(use) {
      const { name, values, tensors } = use();
      // Copies into shared memory take longer, so that a call alone needs it only for tensors that lie there
      const isInPlace = tensors.some(
        (tensor) => tensor instanceof Float32Array && arena.addressOf(tensor) >= 0,
      );
      const alone = isInPlace ? started.engine : own.started.engine;
      if (pool.workers === 0 || values < leastShared) return new EngineCall(alone);
      const sharing = started.sharings.of(isInPlace ? `${name} in place` : name, values);
      const isShared = sharing.isShared();
      return new EngineCall(isShared ? started.engine : alone, isShared, sharing);
    },
    checkOut(action, name, out) {
      if (!(out instanceof Float32Array) || arena.addressOf(out) < 0) return;
      const needed = `${action}: ${name} needs memory of its own, got`;
      if (pool.mayWriteLate) {
        throw new BackendError(
          'THREADS_LOST',
          `${needed} a tensor of \`allocate\` to which a lost thread may still write: allocate a new one`,
        );
      }
      if (!arena.isScratch(out)) return;
      throw new ShapeError(
        'OUT_ALIASES_INPUT',
        `${needed} a part of the kernels' that is no tensor of \`allocate\``,
      );
    },
    allocate(length) {
      if (pool.mayWriteLate || length === 0) return hostFloats('allocate', 'a tensor', length);
      const block = arena.keepFloats(length);
      blocks.push(block);
      return block;
    },
    release: once(() => {
      started.engine.giveBack(blocks);
      shared.leave();
      own.leave();
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

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
