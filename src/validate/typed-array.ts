import { describe, frameworkTensor, kindOf } from '../describe.ts';

const ownLength = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Float32Array.prototype),
  'length',
)?.get as (this: unknown) => number;

/** Whether the value is a typed array, of any realm, that holds numbers rather than bigints. */
export function isNumberArray(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && /^(Int|Uint|Float)/.test(kindOf(value));
}

/** Length of an array; 0 if it is detached, although V8 11 may cache the `length` of a typed array. */
export function trueLength(value: ArrayLike<unknown>): number {
  return isNumberArray(value) ? ownLength.call(value) : value.length;
}

/** Views a Float32Array of any realm as one of this realm; undefined if the value is none, or detached. */
export function viewFloats(value: unknown): Float32Array | undefined {
  const isOwn = value instanceof Float32Array;
  if (!ArrayBuffer.isView(value) || !(isOwn || kindOf(value) === 'Float32Array')) return undefined;
  try {
    return new Float32Array(value.buffer, value.byteOffset, ownLength.call(value));
  } catch {
    return undefined;
  }
}

/** Whether the value is a view of detached memory. */
export function isDetached(value: unknown): boolean {
  if (!ArrayBuffer.isView(value)) return false;
  try {
    new Uint8Array(value.buffer);
    return false;
  } catch {
    return true;
  }
}

/** Describes a value that is not the needed array, for messages; an array takes the numbers of a framework's tensor. */
export function describeArray(value: unknown): string {
  const [name, , numbers] = frameworkTensor(value) ?? [];
  if (name) return `${name} (use its ${numbers})`;
  return isDetached(value) ? 'one that is detached' : describe(value);
}
