import type { LossKernels } from '../../programs/losses/kernels.ts';
import type { Arena } from '../../runtime/arena.ts';
import type { Engine } from '../../runtime/engine.ts';

export type LossEngine = Engine<LossKernels>;

/** Floats of a tensor that pass through WASM memory at a time: three such parts stay in a usual second-level cache. */
export const PART_FLOATS = 1 << 14;

/** Bytes of a number that kernels load as a vector. */
export const PARAMETER_BYTES = 16;

/** Address of a part of a tensor: where it is, if that is in WASM memory, else `at`. */
export function addressOf(arena: Arena, data: Float32Array, from: number, at: number): number {
  const own = arena.addressOf(data);
  return own < 0 ? at : own + from * 4;
}

/** The same; what is elsewhere is copied to `at`. */
export function bringIn(
  arena: Arena,
  data: Float32Array,
  from: number,
  count: number,
  at: number,
): number {
  const address = addressOf(arena, data, from, at);
  if (address === at) arena.f32.set(data.subarray(from, from + count), at >>> 2);
  return address;
}

/** Copies what a kernel has written to `at` to the part of the tensor that it stands for. */
export function takeOut(
  arena: Arena,
  data: Float32Array | null,
  from: number,
  count: number,
  at: number,
): void {
  if (data === null || isInPlace(arena, data)) return;
  data.set(arena.f32.subarray(at >>> 2, (at >>> 2) + count), from);
}

/** Whether kernels write to this tensor where it is. */
export function isInPlace(arena: Arena, data: Float32Array | null): boolean {
  return data !== null && arena.addressOf(data) >= 0;
}

/** Writes numbers as kernels load them: each twice. */
export function storeParameters(arena: Arena, at: number, numbers: readonly number[]): void {
  numbers.forEach((number, i) => {
    arena.f64.fill(number, (at >>> 3) + 2 * i, (at >>> 3) + 2 * i + 2);
  });
}

/** Sums of parts, in their order. */
export function total(sums: readonly number[]): number {
  return sums.reduce((sum, value) => sum + value, 0);
}
