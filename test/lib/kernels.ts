import type { Kernels } from '../../src/backend/programs/criteria/kernels.ts';
import { CRITERIA } from '../../src/backend/programs/criteria/program.ts';
import type { Kernels as LossKernels } from '../../src/backend/programs/losses/kernels.ts';
import { PLAIN_LOSSES } from '../../src/backend/programs/losses/program.ts';
import type { Kernels as PixelKernels } from '../../src/backend/programs/pixels/kernels.ts';
import { PIXELS } from '../../src/backend/programs/pixels/program.ts';
import { Arena } from '../../src/backend/runtime/arena.ts';
import type { Program } from '../../src/backend/runtime/embedded.ts';
import { KernelCalls } from '../../src/backend/runtime/kernel-calls.ts';
import { compile, type Instance, instantiate } from '../../src/backend/runtime/module.ts';

type Values = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Lengths below, at, above and at multiples of the two and four lanes of a vector. */
export const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33];

/**
 * Pads rows for kernels that work on pairs: rows of `count` values, each with one more behind it if `count` is odd.
 */
export function evenRows<Floats extends Float32Array | Float64Array>(
  rows: Floats,
  count: number,
  fill = 0,
): Floats {
  const columns = count + (count % 2);
  const FloatArray = rows.constructor as new (length: number) => Floats;
  const even = new FloatArray(count === 0 ? 0 : (rows.length / count) * columns);
  even.fill(fill);
  rows.forEach((value, i) => {
    even[Math.floor(i / count) * columns + (i % count)] = value;
  });
  return even;
}

/** Removes the padding of `evenRows`. */
export function withoutEven<Floats extends Float32Array | Float64Array>(
  even: Floats,
  count: number,
) {
  const columns = count + (count % 2);
  return even.filter((_, i) => i % columns < count) as Floats;
}

/** Bytes on either side of a block that no kernel may change: four vectors. */
const GUARD_BYTES = 64;
const GUARD = 0xa5;
/** Byte of memory that a kernel may read and overwrite but not use: it makes NaN in float32 and float64. */
const POISON = 0xff;

/**
 * Kernels and their memory, in blocks between guard bytes.
 *
 * A test ends with a call of `settle`, which finds forbidden writes.
 */
export class KernelMemory<K = Kernels> {
  readonly #kernels: KernelCalls<K>;
  readonly #arena: Arena;
  /** Ranges of memory, and the bytes they must hold in the end. */
  readonly #kept: { what: string; at: number; bytes: Uint8Array }[] = [];

  private constructor({ kernels }: Program<K>, instance: Instance) {
    this.#arena = new Arena(instance.memory, instance.exports.arenaBase(0));
    this.#kernels = new KernelCalls(kernels, instance.exports, this.#arena);
  }

  static create(): Promise<KernelMemory> {
    return KernelMemory.#of(CRITERIA);
  }

  static ofLosses(): Promise<KernelMemory<LossKernels>> {
    return KernelMemory.#of(PLAIN_LOSSES);
  }

  static ofPixels(): Promise<KernelMemory<PixelKernels>> {
    return KernelMemory.#of(PIXELS);
  }

  static async #of<K>(program: Program<K>): Promise<KernelMemory<K>> {
    const module = await compile('test', program, undefined, false);
    return new KernelMemory(program, await instantiate('test', program, module, false));
  }

  /** Calls a kernel, with its parameters in a block of their own. */
  call<Name extends keyof K & string>(kernel: Name, parameters: K[Name]): number {
    const at = this.#arena.take(this.#kernels.parameterBytes);
    return this.#kernels.call(kernel, parameters, at);
  }

  /**
   * Makes a copy of the values, 16-aligned, that kernels may change.
   *
   * @param spare bytes behind the values that kernels may overrun
   * @returns its address
   */
  block(values: Values, spare = 0): number {
    const length = values.byteLength;
    const guard = this.#arena.take(GUARD_BYTES + length + spare + GUARD_BYTES);
    const pointer = guard + GUARD_BYTES;
    const end = pointer + length + spare;
    const { u8 } = this.#arena;
    u8.fill(GUARD, guard, end + GUARD_BYTES);
    u8.fill(POISON, pointer + length, end);
    u8.set(new Uint8Array(values.buffer, values.byteOffset, length), pointer);
    this.#keep('in front of', guard, GUARD_BYTES);
    this.#keep('behind', end, GUARD_BYTES);
    return pointer;
  }

  /** Makes a copy of the values, 16-aligned, that kernels must not change. */
  input(values: Values, spare = 0): number {
    const pointer = this.block(values, spare);
    this.#keep('in an input of', pointer, values.byteLength);
    return pointer;
  }

  f32(pointer: number, length: number): Float32Array {
    return this.#arena.f32.slice(pointer / 4, pointer / 4 + length);
  }

  f64(pointer: number, length: number): Float64Array {
    return this.#arena.f64.slice(pointer / 8, pointer / 8 + length);
  }

  i32(pointer: number, length: number): Int32Array {
    return this.#arena.i32.slice(pointer / 4, pointer / 4 + length);
  }

  u8(pointer: number, length: number): Uint8Array {
    return this.#arena.u8.slice(pointer, pointer + length);
  }

  /**
   * Frees all blocks.
   *
   * @throws {Error} a guard or an input has changed
   */
  settle(): void {
    const { u8 } = this.#arena;
    const changes = this.#kept.splice(0).flatMap(({ what, at, bytes }) => {
      const offset = bytes.findIndex((byte, i) => u8[at + i] !== byte);
      return offset < 0 ? [] : [`${what} a block (byte ${offset} of ${bytes.length})`];
    });
    this.#arena.reset();
    if (changes.length > 0) throw new Error(`a kernel wrote ${changes.join(', ')}`);
  }

  #keep(what: string, at: number, length: number): void {
    this.#kept.push({ what, at, bytes: this.#arena.u8.slice(at, at + length) });
  }
}
