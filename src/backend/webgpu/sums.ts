import type { LossSums } from '../backend.ts';
import {
  BOX_NAN,
  CLS_INFINITE,
  CLS_NAN,
  DFL_INFINITE,
  DFL_NAN,
  sumsStruct,
} from './generated/shared.ts';

/** Class, box, distance and angle loss, with NaN and infinity where the flags of the folded sums say so. */
export function readSums(memory: ArrayBuffer): LossSums {
  const parts = new Float32Array(memory);
  const flags = new Uint32Array(memory)[sumsStruct.flags];
  const [cls, box, dfl, angle] = [0, 1, 2, 3].map(
    (i) => parts[sumsStruct.high + i] + parts[sumsStruct.low + i],
  );
  return {
    cls: flags & CLS_NAN ? Number.NaN : flags & CLS_INFINITE ? Infinity : cls,
    box: flags & BOX_NAN ? Number.NaN : box,
    dfl: flags & DFL_NAN ? Number.NaN : flags & DFL_INFINITE ? Infinity : dfl,
    angle: flags & BOX_NAN ? Number.NaN : angle,
  };
}
