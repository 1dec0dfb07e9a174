import type { Dense, Level } from '../backend.ts';
import type { Group } from './groups.ts';
import type { Binding } from './recorder.ts';

/** A group's part of a tensor on the device: a binding, and the element in it where the part begins. */
export interface Window extends Binding {
  base: number;
}

/** The bytes of a group's images in a level's tensor. */
export function bytesOf({ imageStride }: Level<Dense>, { images }: Group): number {
  return images * imageStride * 4;
}

/** A group's images in an array. */
export function sliceOf(
  data: Float32Array,
  { imageStride }: Level<Dense>,
  { firstImage, images }: Group,
): Float32Array<ArrayBuffer> {
  const slice = data.subarray(firstImage * imageStride, (firstImage + images) * imageStride);
  return slice as Float32Array<ArrayBuffer>;
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
