import { expect } from 'vitest';
import { DetlossError, type ErrorCode } from '../../../src/index.ts';
import { bytesOf } from './memory.ts';

/** The outcome of a call: a result, or the code of an error. */
export type Outcome = { code: 'right'; value: unknown } | { code: ErrorCode; error: DetlossError };

/**
 * Calls, and gives the outcome.
 *
 * @throws {Error} the call threw another error than those of this package
 */
export async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    return { code: 'right', value: await call() };
  } catch (error) {
    return { code: codeOf(error), error: error as DetlossError };
  }
}

/** Gives the code of an error of this package. Any other, a trap or an engine's own, is thrown. */
function codeOf(error: unknown): ErrorCode {
  if (!(error instanceof DetlossError)) throw error;
  const { code, message } = error;
  if (message.length > 2000) throw new Error(`a message of ${message.length} characters`);
  return code;
}

/** Gives the bytes of every number and array in a result, by path. */
export function bytesIn(result: unknown): Record<string, Uint8Array> {
  const found: Record<string, Uint8Array> = {};
  const visit = (value: unknown, path: string) => {
    if (typeof value === 'number') found[path] = new Uint8Array(Float64Array.of(value).buffer);
    else if (ArrayBuffer.isView(value)) found[path] = bytesOf(value).slice();
    else if (typeof value === 'object' && value !== null) {
      for (const [key, own] of Object.entries(value)) visit(own, `${path}.${key}`);
    } else throw new Error(`${path} is ${String(value)}`);
  };
  visit(result, 'result');
  return found;
}

/** Fails unless two results have the same bits. */
export function expectSameBytes(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [bytesIn(actual), bytesIn(expected)];
  expect(Object.keys(a), what).toEqual(Object.keys(b));
  for (const [path, bytes] of Object.entries(a)) {
    const isSame = bytes.length === b[path].length && bytes.every((byte, i) => byte === b[path][i]);
    if (!isSame) throw new Error(`${what}: ${path} has other bits`);
  }
}
