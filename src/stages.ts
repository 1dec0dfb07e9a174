import { BackendError } from './errors.ts';

/** Yielded where work may be interrupted: a page's other work may come in between. */
export const PAUSE = Symbol('pause');

/** Work that stops at every promise and pause: written once, run with or without waiting. */
export type Stages<T> = Generator<PromiseLike<unknown> | typeof PAUSE, T, unknown>;

/** A value, what it resolves to, or what the stages give in the end. */
export function* settled<T>(value: T | PromiseLike<T> | Stages<T>): Stages<T> {
  const given = value as Partial<Stages<T>> | null;
  if (typeof given?.next === 'function') return yield* value as Stages<T>;
  return yield* answered(value as T | PromiseLike<T>);
}

/** A value that a caller's function gave, or what it resolves to: whatever else it may be. */
export function* answered<T>(value: T | PromiseLike<T>): Stages<T> {
  if (typeof (value as Partial<PromiseLike<T>> | null)?.then !== 'function') return value as T;
  return (yield value as PromiseLike<T>) as T;
}

/** What two give. Promises are awaited together, and neither is left behind when the other fails. */
export function* both<A, B>(
  first: A | PromiseLike<A> | Stages<A>,
  second: B | PromiseLike<B> | Stages<B>,
): Stages<[A, B]> {
  const arePromises = [first, second].every(
    (value) => typeof (value as Partial<PromiseLike<unknown>>)?.then === 'function',
  );
  if (!arePromises) return [yield* settled(first), yield* settled(second)];
  const outcomes = (yield Promise.allSettled([first, second])) as PromiseSettledResult<unknown>[];
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }) as [A, B];
}

/** The same stages, with a check after every stop. */
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

/** Calls that wait for something outside, and can all be made to fail instead. */
export class Waits {
  readonly #failures = new Map<(error: Error) => void, string>();

  /** What the promise resolves to, unless `fail` comes first. */
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

/** Throws BackendError where `run` would have to wait. */
export function runSync<T>(action: string, stages: Stages<T>): T {
  let step = stages.next();
  while (step.value === PAUSE) step = stages.next();
  if (step.done) return step.value;
  // Nobody will wait for the promise: its failure must not count as unhandled.
  Promise.resolve(step.value).catch(() => {});
  throw new BackendError(
    'SYNC_UNAVAILABLE',
    `${action}: needs a WASM backend and a synchronous reduceNormalizer, got one that has to wait`,
  );
}

/** How long a page's own work waits, ms. */
const SLICE_MS = 8;
/** When this turn of the event loop has lasted that long, of whichever calls; null: none has begun to work in it. */
let sliceEnd: number | null = null;

/** Whether calls have kept a page's event loop from turning for so long that it should. */
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

/** After what else the event loop has to do; timers would wait longer. */
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
