import { BackendError } from './errors.ts';

/** Work that pauses at every promise: written once, run with or without waiting. */
export type Stages<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** The value, or what it resolves to. */
export function* settled<T>(value: T | PromiseLike<T>): Generator<PromiseLike<T>, T, unknown> {
  if (typeof (value as PromiseLike<T> | undefined)?.then !== 'function') return value as T;
  return (yield value as PromiseLike<T>) as T;
}

export async function run<T>(stages: Stages<T>): Promise<T> {
  let step = stages.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = await step.value;
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
  throw new BackendError(
    'SYNC_UNAVAILABLE',
    `${action}: needs a WASM backend and a synchronous reduceNormalizer, got one that has to wait`,
  );
}
