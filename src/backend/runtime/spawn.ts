import type { WorkerStart } from './control.ts';
import { WORKER } from './worker-source.ts';

/** Address of the workers' script; undefined for the embedded one. */
export type WorkerScript = URL | string | undefined;

/** A worker thread of Node or of the web. */
interface Thread {
  postMessage(message: WorkerStart): void;
  terminate(): unknown;
  unref?(): void;
  on?(event: 'message' | 'error' | 'exit', listener: (error?: unknown) => void): void;
  onmessage?: (() => void) | null;
  onerror?: ((event: ErrorEvent) => void) | null;
}

export interface Spawned {
  /** Resolves when the worker is ready, has failed, or has not started in time. */
  settled(): Promise<void>;
  /** Reason why the worker does not work; undefined if it works or is still starting. */
  readonly failure: string | undefined;
  terminate(): void;
}

/** Longest time that a caller waits for a worker to start. */
const START_MS = 10_000;

/**
 * Starts a worker thread that runs kernels.
 *
 * @param lost is called when the worker has ended or failed
 * @throws the runtime's own error if it allows no worker
 */
export function spawnWorker(script: WorkerScript, start: WorkerStart, lost: () => void): Spawned {
  const thread = createThread(script);
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  let isOver = false;
  let failure: string | undefined;
  const ready = () => {
    if (isOver) return;
    failure = undefined;
    settle();
  };
  const ended = (why: string) => {
    if (!isOver) lost();
    isOver = true;
    failure ??= why;
    settle();
  };
  if (thread.on) {
    thread.on('message', ready);
    thread.on('error', (error) => ended(`${error}`));
    thread.on('exit', () => ended('it has ended'));
  } else {
    thread.onmessage = ready;
    thread.onerror = (event) => {
      event.preventDefault();
      ended(event.message || 'its script cannot be loaded here');
    };
  }
  thread.postMessage(start);
  // A process may end although its workers wait for tasks.
  thread.unref?.();
  return {
    get failure() {
      return failure;
    },
    settled: () => {
      const late = () => {
        failure ??= `it was not ready within ${START_MS / 1000} s`;
        settle();
      };
      const timer = setTimeout(late, START_MS);
      return settled.finally(() => clearTimeout(timer));
    },
    terminate() {
      isOver = true;
      settle();
      thread.terminate();
    },
  };
}

function createThread(script: WorkerScript): Thread {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (threads) {
    // Node reads a string as a path, but import.meta.resolve returns a URL
    const isUrl = typeof script === 'string' && script.startsWith('file:');
    const source = isUrl ? new URL(script) : (script ?? WORKER);
    // Flags of the process, such as those of profilers, loaders and debuggers, are not meant for the worker.
    return new threads.Worker(source, { eval: script === undefined, execArgv: [] });
  }
  const url = script ?? URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' }));
  try {
    return new Worker(url) as unknown as Thread;
  } finally {
    if (script === undefined) URL.revokeObjectURL(url as string);
  }
}
