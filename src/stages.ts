import { BackendError } from './errors.ts';

/** Value that stages yield when a page may do other work. */
export const PAUSE = Symbol('pause');

/** Work that stops at every promise and pause, so that the same code runs asynchronously or synchronously. */
export type Stages<T> = Generator<PromiseLike<unknown> | typeof PAUSE, T, unknown>;

/** Returns a value, awaits a promise or runs stages. */
export function* settled<T>(value: T | PromiseLike<T> | Stages<T>): Stages<T> {
  const given = value as Partial<Stages<T>> | null;
  if (typeof given?.next === 'function') return yield* value as Stages<T>;
  return yield* answered(value as T | PromiseLike<T>);
}

/** Returns a value from a caller's function, or awaits it if it is a promise. A value is never run as stages. */
export function* answered<T>(value: T | PromiseLike<T>): Stages<T> {
  if (typeof (value as Partial<PromiseLike<T>> | null)?.then !== 'function') return value as T;
  return (yield value as PromiseLike<T>) as T;
}

/** Returns all results, in order. Promises are awaited together, even if one of them is rejected. */
export function* all<T>(pending: readonly (T | PromiseLike<T> | Stages<T>)[]): Stages<T[]> {
  const isPromise = (value: unknown) =>
    typeof (value as Partial<PromiseLike<unknown>> | null)?.then === 'function';
  const results: T[] = [];
  if (!pending.some(isPromise)) {
    for (const value of pending) results.push(yield* settled<T>(value));
    return results;
  }
  // A backend has promises or stages: what is neither is a result
  const outcomes = (yield Promise.allSettled(pending)) as PromiseSettledResult<T>[];
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
    results.push(outcome.value);
  }
  return results;
}

/** Runs stages with a check after every stop. */
export function* checked<T>(stages: Stages<T>, check: () => void): Stages<T> {
  let step = stages.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = yield step.value;
      check();
    } catch (error) {
      step = stages.throw(error);
      continue;
    }
    step = stages.next(value);
  }
  return step.value;
}

/** Pending waits of all calls, which `fail` rejects together. */
export class Waits {
  readonly #failures = new Map<(error: Error) => void, string>();

  /** Resolves as the promise does, unless `fail` rejects first. */
  wait(action: string, promise: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#failures.set(reject, action);
      Promise.resolve(promise)
        .finally(() => this.#failures.delete(reject))
        .then(resolve, reject);
    });
  }

  fail(errorOf: (action: string) => Error): void {
    for (const [reject, action] of this.#failures) reject(errorOf(action));
    this.#failures.clear();
  }
}

export async function run<T>(action: string, stages: Stages<T>, waits: Waits): Promise<T> {
  let step = stages.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = await waits.wait(action, step.value === PAUSE ? nextTurn() : step.value);
    } catch (error) {
      step = stages.throw(error);
      continue;
    }
    step = stages.next(value);
  }
  return step.value;
}

/** Runs stages synchronously. Throws BackendError at a promise. */
export function runSync<T>(action: string, stages: Stages<T>): T {
  let step = stages.next();
  while (step.value === PAUSE) step = stages.next();
  if (step.done) return step.value;
  // The promise is not awaited, so its rejection must not count as unhandled.
  Promise.resolve(step.value).catch(() => {});
  throw new BackendError(
    'SYNC_UNAVAILABLE',
    `${action}: needs a WASM backend and a synchronous reduceNormalizer, got one that has to wait`,
  );
}

/** Longest time that calls may block a page's event loop, in ms. */
const SLICE_MS = 8;
/** Deadline of the current event-loop turn, shared by all calls; null if idle. */
let sliceEnd: number | null = null;

/** Whether calls have blocked a page's event loop for so long that they should pause. */
export function isSliceOver(): boolean {
  if (!('document' in globalThis)) return false;
  if (sliceEnd === null) {
    sliceEnd = performance.now() + SLICE_MS;
    nextTurn().then(() => {
      sliceEnd = null;
    });
  }
  return performance.now() >= sliceEnd;
}

/** Resolves in the next turn of the event loop; a timer would take longer. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
