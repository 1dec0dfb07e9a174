import { BackendError } from '../../errors.ts';
import { Gaps } from './gaps.ts';

const PAGE = 65536;
/** Kernels read and write whole vectors: every block may be overrun by 3 values and a bit. */
const SLACK = 32;
const MAX_BYTES = 2 ** 32 - PAGE;

/**
 * Scratch memory of one WASM instance, handed out front to back and taken back all at once; and blocks that are
 * kept.
 *
 * Take every block before you touch a view: taking may grow the memory, which replaces the views.
 */
export class Arena {
  f32!: Float32Array;
  f64!: Float64Array;
  i32!: Int32Array;
  u8!: Uint8Array;
  readonly #memory: WebAssembly.Memory;
  /** What stood for the memory so far: growing a shared one leaves old views as they are. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  /** Where scratch may lie: what kept blocks have left free, in ascending order. */
  readonly #regions: { start: number; end: number }[];
  /** What kept blocks have left that were given back. */
  readonly #gaps = new Gaps();
  /** Kept blocks that are tensors. */
  readonly #tensors = new Set<Float32Array>();
  #region = 0;
  #top: number;

  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory;
    this.#regions = [{ start: align16(base), end: memory.buffer.byteLength }];
    this.#top = align16(base);
    this.#refresh();
  }

  /** Takes all blocks back but those that are kept; what they hold is lost. */
  reset(): void {
    this.#region = 0;
    this.#top = this.#regions[0].start;
  }

  /** A block of `bytes`, 16-aligned, with room to overrun; its contents are arbitrary. */
  take(bytes: number): number {
    const needed = align16(bytes + SLACK);
    while (this.#top + needed > this.#regions[this.#region].end) this.#nextRegion(needed);
    const pointer = this.#top;
    this.#top += needed;
    return pointer;
  }

  /** A block of zeros. */
  takeZeroed(bytes: number): number {
    const pointer = this.take(bytes);
    this.u8.fill(0, pointer, pointer + bytes + SLACK);
    return pointer;
  }

  /** A block of zeros that no reset takes back. */
  keep(bytes: number): number {
    const pointer = this.u8.length;
    this.#grow(align16(bytes + SLACK));
    return pointer;
  }

  /** Zeros in a kept block, until they are given back. */
  keepFloats(length: number): Float32Array {
    const bytes = floatBytes(length);
    let pointer = this.#gaps.take(bytes);
    if (pointer < 0) pointer = this.#growGap(bytes);
    else this.u8.fill(0, pointer, pointer + bytes);
    const tensor = new Float32Array(this.#memory.buffer, pointer, length);
    this.#tensors.add(tensor);
    return tensor;
  }

  giveBack(blocks: readonly Float32Array[]): void {
    for (const block of blocks) {
      this.#tensors.delete(block);
      this.#gaps.give(block.byteOffset, block.byteOffset + floatBytes(block.length));
    }
  }

  /** Address of an array in this memory, −1 where it is elsewhere. */
  addressOf({ buffer, byteOffset }: Float32Array): number {
    return this.#buffers.has(buffer) ? byteOffset : -1;
  }

  /** Whether an array is in this memory, but not within one tensor: then it is not for callers to write to. */
  isScratch(array: Float32Array): boolean {
    if (this.addressOf(array) < 0) return false;
    const end = array.byteOffset + array.byteLength;
    for (const { byteOffset, byteLength } of this.#tensors) {
      if (array.byteOffset >= byteOffset && end <= byteOffset + byteLength) return false;
    }
    return true;
  }

  /** Zeros at the memory's end, where a gap may be that is too small. */
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

  /** Moves on to a region with room, which the last one is made to have. */
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
        `the call needs ${needed} MiB of WASM memory in all, there is not as much`,
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

/** Bytes that a kept block of floats takes. */
function floatBytes(length: number): number {
  return align16(length * 4 + SLACK);
}

function align16(value: number): number {
  return Math.ceil(value / 16) * 16;
}
