import type { Binding } from './pass.ts';

/** Part of a tensor on the device: a binding, and the element of it at which the part begins. */
export interface Window extends Binding {
  base: number;
}

/** Window on a part of a buffer that begins at any element. */
export function windowOn(
  buffer: GPUBuffer,
  start: number,
  bytes: number,
  alignment: number,
): Window {
  const offset = Math.floor(start / alignment) * alignment;
  return { buffer, offset, size: start - offset + bytes, base: (start - offset) / 4 };
}
