import { BackendError } from './errors.ts';

/** Work that pauses at every promise: written once, run with or without waiting. */
export type Stages<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** The value, or what it resolves to. */
export function* settled<T>(value: T | PromiseLike<T>): Generator<PromiseLike<T>, T, unknown> {
  if (typeof (value as PromiseLike<T> | undefined)?.then !== 'function') return value as T;
  return (yield value as PromiseLike<T>) as T;
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
      value = await waits.wait(action, step.value);
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
  const step = stages.next();
  if (step.done) return step.value;
  // Nobody will wait for the promise: its failure must not count as unhandled.
  Promise.resolve(step.value).catch(() => {});
  throw new BackendError(
    'SYNC_UNAVAILABLE',
    `${action}: needs a WASM backend and a synchronous reduceNormalizer, got one that has to wait`,
  );
}
