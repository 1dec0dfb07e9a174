import { BackendError } from '../../../errors.ts';
import { bitsOf } from '../recorder.ts';
import type { Window } from '../tensors.ts';
import type { Stretch } from './job.ts';

/**
 * Cuts units of a tensor, elements, rows or boxes, so that no part is larger than a binding or a buffer may be.
 *
 * @param size elements of a unit, the most that any of the tensors has
 * @throws {BackendError} GPU_MEMORY, one unit is too large
 */
export function partsOf(
  action: string,
  units: number,
  size: number,
  {
    maxStorageBufferBindingSize,
    maxBufferSize,
    minStorageBufferOffsetAlignment,
  }: GPUSupportedLimits,
): Stretch[] {
  // A binding begins at a multiple of the alignment, so perhaps in front of its part.
  const most =
    Math.min(maxStorageBufferBindingSize, maxBufferSize) - minStorageBufferOffsetAlignment;
  const atATime = Math.floor(most / (size * 4));
  if (atATime === 0) {
    const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);
    throw new BackendError(
      'GPU_MEMORY',
      `${action}: one row needs ${mebibytes(size * 4)} MiB in one binding, the device has ${mebibytes(most)}`,
    );
  }
  const parts: Stretch[] = [];
  for (let first = 0; first < units; first += atATime) {
    parts.push({ first, count: Math.min(atATime, units - first) });
  }
  return parts;
}

/** The same stretch in elements. */
export function elementsOf({ first, count }: Stretch, size: number): Stretch {
  return { first: first * size, count: count * size };
}

/** Where a pass reads and writes a part, in the order of its bindings. */
export type PartWindows = readonly [input: Window, target: Window, grad: Window, values: Window];

/** A part as gpu/lib/part.wgsl has it. @param slot of its first partial sum */
export function partWords(
  count: number,
  windows: PartWindows,
  { values, scale }: { values: unknown; scale: number },
  slot: number,
): number[] {
  return [count, ...windows.map(({ base }) => base), values ? 1 : 0, slot, bitsOf(scale)];
}
