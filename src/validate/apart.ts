import type { Dense } from '../backend/backend.ts';
import { ShapeError } from '../errors.ts';
import { overlaps } from './out.ts';
import type { MemoryRange } from './typed-array.ts';

/**
 * Checks that what is written shares no memory with what is read.
 *
 * @param inputs by name
 * @param name of what is written
 * @throws {ShapeError} OUT_ALIASES_INPUT
 */
export function checkApart(
  action: string,
  out: Dense,
  inputs: Record<string, Dense | MemoryRange | null>,
  name = 'out',
): void {
  for (const [source, input] of Object.entries(inputs)) {
    if (input === null || !overlaps(out, input, true)) continue;
    throw new ShapeError(
      'OUT_ALIASES_INPUT',
      `${action}: ${name} needs memory of its own, got memory shared with ${source}`,
    );
  }
}
