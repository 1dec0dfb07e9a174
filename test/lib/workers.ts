import { WORKER } from '../../src/backend/runtime/worker-source.ts';

/** A worker thread as `src/backend/wasm/spawn.ts` makes it: Node's and Deno's, or a page's. */
export interface Thread {
  terminate(): unknown;
  on?(event: 'exit', listener: () => void): void;
}

type WorkerClass = new (...given: unknown[]) => Thread;

/** Asked before a test may pretend to be one. */
const isPage = typeof document !== 'undefined';

/** Whether the runtime says when a thread has ended: a page does not. */
export const tellsOfEnds = !isPage;

const ends = new WeakMap<Thread, Promise<void>>();

/** Where the runtime keeps the class that `spawn.ts` takes. */
const host = (globalThis.process?.getBuiltinModule?.('node:worker_threads') ??
  globalThis) as unknown as { Worker: WorkerClass };

/**
 * All worker threads and WASM memories that come into being while `body` runs, in order. Both lists grow during it.
 */
export async function watched<T>(
  body: (threads: Thread[], memories: WebAssembly.Memory[]) => Promise<T>,
): Promise<T> {
  const threads: Thread[] = [];
  const memories: WebAssembly.Memory[] = [];
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
      memories.push(this);
    }
  };
  try {
    return await body(threads, memories);
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

/** The word of the control block in which misbehaving workers count: nothing else is there. */
const COUNTER = 15;

/** What may stand in a fault: lets the thread do nothing for so long. */
const SLEEP =
  'const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);';

/**
 * The script of workers that do this instead of running a kernel.
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

/** How often such workers have counted. */
export function faultsOf({ buffer }: WebAssembly.Memory, arenaBase: number): number {
  return Atomics.load(new Int32Array(buffer), Math.ceil(arenaBase / 64) * 16 + COUNTER);
}
