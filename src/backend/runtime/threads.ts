/** Threads: a part of the package, loaded where they are wanted and the runtime has them. */
import { BackendError, ShapeError } from '../../errors.ts';
import { hostFloats } from '../../host-memory.ts';
import type { Program } from './embedded.ts';
import type { Engine } from './engine.ts';
import { EngineCall } from './engine-call.ts';
import { type Joined, join, once } from './join.ts';
import type { Lease, WasmOptions } from './lease.ts';
import { compile, instantiate } from './module.ts';
import { SharedEngine } from './shared-engine.ts';

/** Number of input values below which waking a worker costs more time than it saves. */
const LEAST_SHARED = 1 << 17;

/**
 * Leases an engine whose memory workers share.
 *
 * @param own engine of the calling thread, for calls that take less time there
 * @param wanted number of threads, the calling thread among them
 * @param reason reason for that number
 * @throws {BackendError}
 */
export async function leaseThreads<K>(
  action: string,
  program: Program<K>,
  { wasm, worker, threads }: WasmOptions,
  { own, wanted, reason }: { own: Joined<Engine<K>>; wanted: number; reason: string },
): Promise<Lease<K>> {
  const module = await compile(action, program, wasm, true);
  const start = async () => {
    const instance = await instantiate(action, program, module, true);
    return new SharedEngine(program, module, instance, { count: wanted - 1, script: worker });
  };
  const key = `${wanted} ${worker ?? ''}`;
  const { value: shared, leave } = await join(module, key, start, (last) => last.stop());
  // With 'auto', workers join when they are ready.
  if (threads !== 'auto') await shared.settled();
  const leastShared = threads === 'auto' ? LEAST_SHARED : 0;
  const { engine, pool } = shared;
  const { arena } = engine;
  const blocks: Float32Array[] = [];
  return {
    get threads() {
      return 1 + pool.workers;
    },
    get threadsReason() {
      return 1 + pool.workers < wanted ? shared.whyMissing() : reason;
    },
    open(use) {
      const { name, values, tensors } = use();
      // Copies into shared memory take longer, so that a call alone needs it only for tensors that lie there
      const isInPlace = tensors.some(
        (tensor) => tensor instanceof Float32Array && arena.addressOf(tensor) >= 0,
      );
      const alone = isInPlace ? engine : own.value;
      if (pool.workers === 0 || values < leastShared) return new EngineCall(alone);
      const sharing = shared.sharings.of(isInPlace ? `${name} in place` : name, values);
      const isShared = sharing.isShared();
      return new EngineCall(isShared ? engine : alone, isShared, sharing);
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
      engine.giveBack(blocks);
      leave();
      own.leave();
    }),
  };
}
