import { BackendError } from '../../errors.ts';

const PAGE = 65536;
/** Kernels read and write whole vectors: every block may be overrun by 3 values and a bit. */
const SLACK = 32;
const MAX_BYTES = 2 ** 32 - PAGE;

/**
 * Scratch memory of one WASM instance, handed out front to back and taken back all at once.
 *
 * Take every block before you touch a view: taking may grow the memory, which replaces the views.
 */
export class Arena {
  f32!: Float32Array;
  f64!: Float64Array;
  i32!: Int32Array;
  u8!: Uint8Array;
  readonly #memory: WebAssembly.Memory;
  readonly #base: number;
  #top: number;

  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory;
    this.#base = align16(base);
    this.#top = this.#base;
    this.#refresh();
  }

  /** Takes all blocks back; what they hold is lost. */
  reset(): void {
    this.#top = this.#base;
  }

  /** A block of `bytes`, 16-aligned, with room to overrun; its contents are arbitrary. */
  take(bytes: number): number {
    const pointer = this.#top;
    this.#top = align16(pointer + bytes + SLACK);
    if (this.#top > this.u8.length) this.#grow(this.#top - this.u8.length);
    return pointer;
  }

  /** A block of zeros. */
  takeZeroed(bytes: number): number {
    const pointer = this.take(bytes);
    this.u8.fill(0, pointer, pointer + bytes + SLACK);
    return pointer;
  }

  #grow(missing: number): void {
    try {
      if (this.#top > MAX_BYTES) throw new RangeError('beyond 32-bit addresses');
      this.#memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      const needed = Math.ceil(this.#top / 2 ** 20);
      throw new BackendError('WASM_MEMORY', `one image needs ${needed} MiB of WASM memory`, {
        cause,
      });
    }
    this.#refresh();
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }
}

function align16(value: number): number {
  return Math.ceil(value / 16) * 16;
}
