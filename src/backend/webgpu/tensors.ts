import type { Binding } from './recorder.ts';

/** A group's part of a tensor on the device: a binding, and the element in it where the part begins. */
export interface Window extends Binding {
  base: number;
}

/** The window on a part of a buffer that begins at any element. */
export function windowOn(
  buffer: GPUBuffer,
  start: number,
  bytes: number,
  alignment: number,
): Window {
  const offset = Math.floor(start / alignment) * alignment;
  return { buffer, offset, size: start - offset + bytes, base: (start - offset) / 4 };
}
