import type { LossSums } from '../backend.ts';

/** Three sums and flags of one workgroup. */
export const PARTIAL_BYTES = 16;

/** Three sums in two parts each, and flags, as gpu/fold.wgsl writes them. */
export const SUMS_BYTES = 32;

/** Flags of gpu/lib/partial.wgsl: what a shader cannot be trusted to add up. */
const CLS_NAN = 1;
const CLS_INFINITE = 2;
const BOX_NAN = 4;
const DFL_NAN = 8;
const DFL_INFINITE = 16;

export function readSums(memory: ArrayBuffer): LossSums {
  const parts = new Float32Array(memory);
  const flags = new Uint32Array(memory)[3];
  const [cls, box, dfl] = [0, 1, 2].map((i) => parts[i] + parts[4 + i]);
  return {
    cls: flags & CLS_NAN ? Number.NaN : flags & CLS_INFINITE ? Infinity : cls,
    box: flags & BOX_NAN ? Number.NaN : box,
    dfl: flags & DFL_NAN ? Number.NaN : flags & DFL_INFINITE ? Infinity : dfl,
  };
}
