import { IS_INFINITE, IS_MINUS_INFINITE, IS_NAN, sumsStruct } from '../generated/shared.ts';

/** The first of the folded sums, with NaN and infinity as IEEE 754 has them. */
export function readSum(memory: ArrayBuffer): number {
  const parts = new Float32Array(memory);
  const flags = new Uint32Array(memory)[sumsStruct.flags];
  const infinite = flags & (IS_INFINITE | IS_MINUS_INFINITE);
  if (flags & IS_NAN || infinite === (IS_INFINITE | IS_MINUS_INFINITE)) return Number.NaN;
  if (infinite) return infinite === IS_INFINITE ? Infinity : -Infinity;
  return parts[sumsStruct.high] + parts[sumsStruct.low];
}
