/** Something that criteria use together, until the last of them leaves. */
export interface Joined<T> {
  readonly value: T;
  /** Ends this use; the last one stops the value. */
  leave(): void;
}

interface Shared<T> {
  starting: Promise<T>;
  users: number;
}

/** Values in use, by WASM module and key. */
const inUse = new WeakMap<WebAssembly.Module, Map<string, Shared<unknown>>>();

/**
 * Starts a value, or joins the one of this module and key that is in use.
 *
 * @param key names the type of the value too
 */
export async function join<T>(
  module: WebAssembly.Module,
  key: string,
  start: () => Promise<T>,
  stop: (value: T) => void = () => {},
): Promise<Joined<T>> {
  const known = inUse.get(module) ?? new Map<string, Shared<unknown>>();
  inUse.set(module, known);
  const shared = (known.get(key) as Shared<T> | undefined) ?? { starting: start(), users: 0 };
  known.set(key, shared);
  shared.users++;
  const isLast = () => {
    if (--shared.users === 0) known.delete(key);
    return shared.users === 0;
  };
  try {
    const value = await shared.starting;
    return { value, leave: once(() => isLast() && stop(value)) };
  } catch (error) {
    isLast();
    throw error;
  }
}

/** Calls a function the first time only. */
export function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
