import { BackendError } from '../../errors.ts';
import { Gaps } from './gaps.ts';

const PAGE = 65536;
/** Room behind every block in bytes, because kernels read and write whole vectors. */
const SLACK = 32;
/** Copies all bytes of `source` to `target`, beginning at byte `at`. One of them may be in memory that threads share. */
export type CopyBytes = (target: Uint8Array, at: number, source: Uint8Array) => void;

/** Number of values from which a `CopyBytes` takes less time than an array's own copy. */
const LEAST_COPIED = 1 << 10;
const MAX_BYTES = 2 ** 32 - PAGE;

/**
 * Memory of one WASM instance: scratch blocks, which `reset` frees all at once, and kept blocks.
 *
 * Take every block before you use a view: taking may grow the memory, which replaces the views.
 */
export class Arena {
  f32!: Float32Array;
  f64!: Float64Array;
  i32!: Int32Array;
  u8!: Uint8Array;
  readonly #memory: WebAssembly.Memory;
  readonly #copy: CopyBytes | null;
  /** All buffers of the memory so far: views of an old buffer of a shared memory stay valid when it grows. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  /** Regions for scratch between the kept blocks, in ascending order. */
  readonly #regions: { start: number; end: number }[];
  /** Free memory of kept blocks that were given back. */
  readonly #gaps = new Gaps();
  /** Kept blocks that are tensors. */
  readonly #tensors = new Set<Float32Array>();
  #region = 0;
  #top: number;

  /** @param copy copy of many values, which takes less time than an array's own; null: the array's own */
  constructor(memory: WebAssembly.Memory, base: number, copy: CopyBytes | null = null) {
    this.#memory = memory;
    this.#copy = copy;
    this.#regions = [{ start: align16(base), end: memory.buffer.byteLength }];
    this.#top = align16(base);
    this.#refresh();
  }

  /** Frees all scratch blocks. */
  reset(): void {
    this.#region = 0;
    this.#top = this.#regions[0].start;
  }

  /** Takes a block, 16-aligned and with slack behind it; its contents are arbitrary. */
  take(bytes: number): number {
    const needed = align16(bytes + SLACK);
    while (this.#top + needed > this.#regions[this.#region].end) this.#nextRegion(needed);
    const pointer = this.#top;
    this.#top += needed;
    return pointer;
  }

  /** Takes a block of zeros. */
  takeZeroed(bytes: number): number {
    const pointer = this.take(bytes);
    this.u8.fill(0, pointer, pointer + bytes + SLACK);
    return pointer;
  }

  /** Copies `count` values of an array, from index `from`, to an address. */
  bringIn(at: number, data: Float32Array | Int32Array, from: number, count: number): void {
    if (this.#copy && count >= LEAST_COPIED) {
      this.#copy(this.u8, at, bytesOf(data, from, count));
      return;
    }
    const words = data instanceof Float32Array ? this.f32 : this.i32;
    words.set(data.subarray(from, from + count), at >>> 2);
  }

  /** Copies `count` values at an address into an array, from index `to`. */
  takeOut(at: number, data: Float32Array, to: number, count: number): void {
    if (this.#copy && count >= LEAST_COPIED) {
      this.#copy(bytesOf(data, to, count), 0, this.u8.subarray(at, at + count * 4));
      return;
    }
    data.set(this.f32.subarray(at >>> 2, (at >>> 2) + count), to);
  }

  /** Copies i32 values. For the few values of an image, a loop takes less time than the engine's slice. */
  copyInts(at: number, count: number): Int32Array {
    const { i32 } = this;
    const copy = new Int32Array(count);
    for (let i = 0; i < count; i++) copy[i] = i32[(at >>> 2) + i];
    return copy;
  }

  /** Copies f32 values. */
  copyFloats(at: number, count: number): Float32Array {
    const { f32 } = this;
    const copy = new Float32Array(count);
    for (let i = 0; i < count; i++) copy[i] = f32[(at >>> 2) + i];
    return copy;
  }

  /** Writes values [start, end) as f64. A loop, for the same reason. */
  putDoubles(at: number, values: Float64Array, start: number, end: number): void {
    const { f64 } = this;
    const shift = (at >>> 3) - start;
    for (let i = start; i < end; i++) f64[shift + i] = values[i];
  }

  /** Keeps a block of zeros, 16-aligned and with slack behind it, until it is released. */
  keep(bytes: number): number {
    const size = keptBytes(bytes);
    const pointer = this.#gaps.take(size);
    if (pointer < 0) return this.#growGap(size);
    this.u8.fill(0, pointer, pointer + size);
    return pointer;
  }

  /** Releases a kept block of this size. */
  release(pointer: number, bytes: number): void {
    this.#gaps.give(pointer, pointer + keptBytes(bytes));
  }

  /** Keeps a tensor of zeros until it is given back. */
  keepFloats(length: number): Float32Array {
    const pointer = this.keep(length * 4);
    // V8 gives every shared memory a new buffer object when any of them grows
    const { buffer } = this.#memory;
    this.#buffers.add(buffer);
    const tensor = new Float32Array(buffer, pointer, length);
    this.#tensors.add(tensor);
    return tensor;
  }

  giveBack(blocks: readonly Float32Array[]): void {
    for (const block of blocks) {
      this.#tensors.delete(block);
      this.release(block.byteOffset, block.byteLength);
    }
  }

  /** Address of an array in this memory; −1 if it is elsewhere. */
  addressOf({ buffer, byteOffset }: Float32Array): number {
    return this.#buffers.has(buffer) ? byteOffset : -1;
  }

  /** Whether an array is in this memory but not within one kept tensor, so that callers must not write to it. */
  isScratch(array: Float32Array): boolean {
    if (this.addressOf(array) < 0) return false;
    const end = array.byteOffset + array.byteLength;
    for (const { byteOffset, byteLength } of this.#tensors) {
      if (array.byteOffset >= byteOffset && end <= byteOffset + byteLength) return false;
    }
    return true;
  }

  /** Grows the memory by a block of zeros, which includes a gap at the memory's end. */
  #growGap(bytes: number): number {
    const end = this.u8.length;
    const pointer = this.#gaps.takeUpTo(end);
    try {
      this.#grow(pointer + bytes - end);
    } catch (error) {
      this.#gaps.give(pointer, end);
      throw error;
    }
    this.u8.fill(0, pointer, end);
    this.#gaps.give(pointer + bytes, this.u8.length);
    return pointer;
  }

  /** Moves on to the next region; grows the last one. */
  #nextRegion(needed: number): void {
    const isLast = this.#region === this.#regions.length - 1;
    const region = this.#regions[this.#region];
    if (isLast && region.end === this.u8.length) {
      this.#grow(this.#top + needed - region.end);
      region.end = this.u8.length;
      return;
    }
    if (isLast) this.#regions.push({ start: this.u8.length, end: this.u8.length });
    this.#region++;
    this.#top = this.#regions[this.#region].start;
  }

  #grow(missing: number): void {
    const total = this.u8.length + missing;
    try {
      if (total > MAX_BYTES) throw new RangeError('beyond 32-bit addresses');
      this.#memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      const needed = Math.ceil(total / 2 ** 20);
      throw new BackendError(
        'WASM_MEMORY',
        `the call needs ${needed} MiB of WASM memory in all, more than there is`,
        { cause },
      );
    }
    this.#refresh();
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    this.#buffers.add(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }
}

function bytesOf(
  { buffer, byteOffset }: Float32Array | Int32Array,
  from: number,
  count: number,
): Uint8Array {
  return new Uint8Array(buffer, byteOffset + from * 4, count * 4);
}

/** Bytes that a kept block takes. */
function keptBytes(bytes: number): number {
  return align16(bytes + SLACK);
}

function align16(value: number): number {
  return Math.ceil(value / 16) * 16;
}
