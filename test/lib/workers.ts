import { WORKER } from '../../src/backend/runtime/worker-source.ts';

/** A worker thread as `src/backend/runtime/spawn.ts` makes it, of Node and Deno or of a page. */
export interface Thread {
  terminate(): unknown;
  on?(event: 'exit', listener: () => void): void;
}

type WorkerClass = new (...given: unknown[]) => Thread;

/** Whether this is a page, read before a test may pretend to be one. */
const isPage = typeof document !== 'undefined';

/** Whether the runtime says when a thread has ended: a page does not. */
export const tellsOfEnds = !isPage;

const ends = new WeakMap<Thread, Promise<void>>();

/** Object on which the runtime has the class that `spawn.ts` takes. */
const host = (globalThis.process?.getBuiltinModule?.('node:worker_threads') ??
  globalThis) as unknown as { Worker: WorkerClass };

/**
 * Runs `body` with lists of all worker threads, of all WASM memories that threads share, and of all others that are made
 * while it runs, in order; the lists grow.
 */
export async function watched<T>(
  body: (
    threads: Thread[],
    memories: WebAssembly.Memory[],
    others: WebAssembly.Memory[],
  ) => Promise<T>,
): Promise<T> {
  const threads: Thread[] = [];
  const memories: WebAssembly.Memory[] = [];
  const others: WebAssembly.Memory[] = [];
  const [Worker, Memory] = [host.Worker, WebAssembly.Memory];
  host.Worker = class extends Worker {
    constructor(...given: unknown[]) {
      super(...given);
      threads.push(this);
      ends.set(this, new Promise((resolve) => this.on?.('exit', resolve)));
    }
  };
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      (descriptor.shared ? memories : others).push(this);
    }
  };
  try {
    return await body(threads, memories, others);
  } finally {
    host.Worker = Worker;
    WebAssembly.Memory = Memory;
  }
}

/** Resolves when a watched thread has ended, or at once where the runtime does not say. */
export async function ended(thread: Thread): Promise<void> {
  if (tellsOfEnds) await ends.get(thread);
}

/** Address of a script for worker threads. */
export function scriptUrl(source: string): URL {
  const type = 'text/javascript';
  if (!isPage) return new URL(`data:${type},${encodeURIComponent(source)}`);
  return new URL(URL.createObjectURL(new Blob([source], { type })));
}

/** Index of the control block's word in which misbehaving workers count; nothing else uses it. */
const COUNTER = 15;

/** Code of `sleep(ms)`, which faults may call. */
const SLEEP =
  'const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);';

/**
 * Script of workers that run the code of a fault instead of a kernel.
 *
 * @param fault JavaScript; `run()` runs the kernel and gives its result, `name` is the kernel's, `sleep(ms)` waits,
 *   and `count()` lets `faultsOf` know
 */
export function faultyScript(fault: string): URL {
  return scriptUrl(`
    ${SLEEP}
    const instantiate = WebAssembly.instantiate;
    WebAssembly.instantiate = async (module, imports) => {
      const { exports } = await instantiate(module, imports);
      const words = new Int32Array(imports.env.memory.buffer);
      const counter = Math.ceil(exports.arenaBase() / 64) * 16 + ${COUNTER};
      const faulty = ([name, kernel]) => [name, (...values) => {
        const run = () => kernel(...values);
        const count = () => Atomics.add(words, counter, 1);
        ${fault}
      }];
      return { exports: Object.fromEntries(Object.entries(exports).map(faulty)) };
    };
    ${WORKER}`);
}

/** Number of times that such workers have counted. */
export function faultsOf({ buffer }: WebAssembly.Memory, arenaBase: number): number {
  return Atomics.load(new Int32Array(buffer), Math.ceil(arenaBase / 64) * 16 + COUNTER);
}
