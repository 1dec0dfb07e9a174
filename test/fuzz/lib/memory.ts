import { uniforms } from '../../lib/random.ts';

type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;
type ArrayClass = new (buffer: ArrayBuffer, offset: number, length: number) => TypedArray;

/** Bytes on either side of an array, which no call may write to. */
const MARGIN = 64;
const FILL = 0x5a;

/** The caller's memory in one call: every array lies between margins, and a copy of its bytes is kept. */
export class CallerMemory {
  readonly #regions: { bytes: Uint8Array<ArrayBuffer>; before: Uint8Array }[] = [];

  /** Copies an array into a buffer of its own. */
  place<A extends TypedArray>(values: A): A {
    const bytes = new Uint8Array(values.byteLength + 2 * MARGIN).fill(FILL);
    const Own = values.constructor as ArrayClass;
    const array = new Own(bytes.buffer, MARGIN, values.length);
    array.set(values);
    this.#regions.push({ bytes, before: bytes.slice() });
    return array as A;
  }

  /** Keeps a copy of what is there now, after breakages and before the call. */
  settle(): void {
    for (const region of this.#regions) {
      // A detached array cannot be copied
      region.before = region.bytes.length > 0 ? region.bytes.slice() : region.bytes;
    }
  }

  /** Fails if anything outside of these arrays was written. Detached memory is passed over. */
  expectUntouched(writable: readonly ArrayBufferView[]): void {
    const ranges = writable.map(bytesOf);
    for (const { bytes, before } of this.#regions) {
      if (bytes.length === 0) continue;
      const own = ranges.filter(({ buffer }) => buffer === bytes.buffer);
      const isOwn = (i: number) =>
        own.some(({ byteOffset, length }) => i >= byteOffset && i < byteOffset + length);
      const at = bytes.findIndex((byte, i) => byte !== before[i] && !isOwn(i));
      if (at >= 0)
        throw new Error(`byte ${at - MARGIN} of ${bytes.length - 2 * MARGIN} was written`);
    }
  }
}

/** The bytes of a typed array. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Copies the numbers of a Float32Array, also of another realm. */
export function floatsOf(array: ArrayBufferView): Float32Array {
  return new Float32Array(bytesOf(array).slice().buffer);
}

/** Draws from a number that fast-check has drawn, so that a plan is short. */
export class Draw {
  readonly #uniform: () => number;

  constructor(salt: number) {
    this.#uniform = uniforms(salt);
  }

  below(end: number): number {
    return Math.floor(this.#uniform() * end);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}
