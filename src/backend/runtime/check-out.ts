import { ShapeError } from '../../errors.ts';
import type { Dense } from '../backend.ts';
import type { Arena } from './arena.ts';

/** @throws {ShapeError} OUT_ALIASES_INPUT: an output is where the kernels have their own data */
export function checkOut(arena: Arena, action: string, name: string, out: Dense | null): void {
  if (!(out instanceof Float32Array) || !arena.isScratch(out)) return;
  throw new ShapeError(
    'OUT_ALIASES_INPUT',
    `${action}: ${name} needs memory of its own, got a part of the kernels' that is no tensor of \`allocate\``,
  );
}
