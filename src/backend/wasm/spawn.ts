import type { WorkerStart } from './control.ts';
import { WORKER } from './worker-source.ts';

/** Where the workers' script comes from; none: the embedded one. */
export type WorkerScript = URL | string | undefined;

/** A worker thread, of Node's kind or the web's. */
interface Thread {
  postMessage(message: WorkerStart): void;
  terminate(): unknown;
  unref?(): void;
  on?(event: 'message' | 'error' | 'exit', listener: () => void): void;
  onmessage?: (() => void) | null;
  onerror?: ((event: Event) => void) | null;
}

export interface Spawned {
  /** Resolves when it is ready, has failed, or has had time enough. */
  settled(): Promise<void>;
  terminate(): void;
}

/** How long a worker may take to start where somebody waits for it. */
const START_MS = 10_000;

/**
 * Starts a worker thread that runs kernels.
 *
 * @param changed told 1 when it is ready, and −1 if it ends after that
 * @throws whatever the runtime throws where it allows no worker
 */
export function spawnWorker(
  script: WorkerScript,
  start: WorkerStart,
  changed: (by: number) => void,
): Spawned {
  const thread = createThread(script);
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  let isReady = false;
  let isOver = false;
  const ready = () => {
    if (isOver) return;
    isReady = true;
    changed(1);
    settle();
  };
  const ended = () => {
    if (isReady && !isOver) changed(-1);
    isOver = true;
    settle();
  };
  if (thread.on) {
    thread.on('message', ready);
    thread.on('error', ended);
    thread.on('exit', ended);
  } else {
    thread.onmessage = ready;
    thread.onerror = (event) => {
      event.preventDefault();
      ended();
    };
  }
  thread.postMessage(start);
  // A process ends although its workers wait for tasks.
  thread.unref?.();
  return {
    settled: () => {
      const timer = setTimeout(settle, START_MS);
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
    // The process' own flags are not for it: profilers, loaders, debuggers.
    return new threads.Worker(script ?? WORKER, { eval: script === undefined, execArgv: [] });
  }
  const url = script ?? URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' }));
  try {
    return new Worker(url) as unknown as Thread;
  } finally {
    if (script === undefined) URL.revokeObjectURL(url as string);
  }
}

/** Logical processors. */
export function processors(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}
