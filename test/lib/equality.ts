import { expect } from 'vitest';

// Vitest's own comparison of two arrays of a million gradients takes seconds
expect.addEqualityTesters([sameNumbers]);

/** Compares typed arrays of one kind; leaves all else to Vitest. */
function sameNumbers(a: unknown, b: unknown): boolean | undefined {
  if (!isNumbers(a) || !isNumbers(b) || a.constructor !== b.constructor) return undefined;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function isNumbers(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && 'BYTES_PER_ELEMENT' in value;
}
