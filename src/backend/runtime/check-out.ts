import { ShapeError } from '../../errors.ts';
import type { Arena } from './arena.ts';

/** @throws {ShapeError} OUT_ALIASES_INPUT: an output overlaps the kernels' own data */
export function checkOut(arena: Arena, action: string, name: string, out: object | null): void {
  if (!(out instanceof Float32Array) || !arena.isScratch(out)) return;
  throw new ShapeError(
    'OUT_ALIASES_INPUT',
    `${action}: ${name} needs memory of its own, got a part of the kernels' that is no tensor of \`allocate\``,
  );
}
