import type { Kernels } from '../../programs/pixels/kernels.ts';
import type { Arena } from '../../runtime/arena.ts';
import type { Chain } from '../../runtime/task.ts';

/** Work on the images of a call, one chain each. */
export interface ImageChains {
  slotBytes: number;
  /** Gives the sums [K, 4] of each task, in an order that depends on sizes alone. */
  sums(image: number): Chain<Kernels, Float64Array[]>;
  /** @param factors [K, 3] */
  grad(image: number, factors: Float32Array, grad: Float32Array): Chain<Kernels, void>;
}

/** Copies the labels of `pixels` pixels, and −1 up to a multiple of 4. */
export function loadLabels(
  arena: Arena,
  at: number,
  labels: Int32Array,
  from: number,
  pixels: number,
): void {
  arena.bringIn(at, labels, from, pixels);
  const start = at >>> 2;
  for (let i = pixels; i % 4 !== 0; i++) arena.i32[start + i] = -1;
}
