import { uniforms } from '../../lib/random.ts';

type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;
type ArrayClass = new (buffer: ArrayBuffer, offset: number, length: number) => TypedArray;

/** Bytes on either side of an array that nobody may touch. */
const MARGIN = 64;
const FILL = 0x5a;

/** The caller's memory in one call: every array lies between margins, and what was in it is kept. */
export class CallerMemory {
  readonly #regions: { array: TypedArray; bytes: Uint8Array<ArrayBuffer>; before: Uint8Array }[] =
    [];

  /** A copy of the array, in a buffer of its own. */
  place<A extends TypedArray>(values: A): A {
    const bytes = new Uint8Array(values.byteLength + 2 * MARGIN).fill(FILL);
    const Own = values.constructor as ArrayClass;
    const array = new Own(bytes.buffer, MARGIN, values.length);
    array.set(values);
    this.#regions.push({ array, bytes, before: bytes.slice() });
    return array as A;
  }

  /** What is there now, after breakages, counts as what was there before the call. */
  settle(): void {
    for (const region of this.#regions) {
      // What is detached has no bytes, but cannot be iterated
      region.before = region.bytes.length > 0 ? region.bytes.slice() : region.bytes;
    }
  }

  /** Fails if anything was written but to these arrays; what is detached is gone. */
  expectUntouched(writable: readonly ArrayBufferView[]): void {
    const ranges = writable.map(trueBytes);
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

  /** Every array so far, in order. */
  get arrays(): TypedArray[] {
    return this.#regions.map(({ array }) => array);
  }
}

const TypedArrayPrototype = Object.getPrototypeOf(Float32Array.prototype) as object;
const intrinsic = (key: string) =>
  Object.getOwnPropertyDescriptor(TypedArrayPrototype, key)?.get as (this: unknown) => never;
const [bufferOf, offsetOf, bytesOf] = ['buffer', 'byteOffset', 'byteLength'].map(intrinsic);

/** The bytes of a typed array, whatever it says of itself. */
export function trueBytes(array: unknown): Uint8Array {
  return new Uint8Array(bufferOf.call(array), offsetOf.call(array), bytesOf.call(array));
}

/** The numbers of a Float32Array, whatever it says of itself. */
export function floatsOf(array: unknown): Float32Array {
  return new Float32Array(trueBytes(array).slice().buffer);
}

/** Draws from what fast-check has drawn, so that a plan is short. */
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
