// Read by the engine's own getters: a subclass, a proxy or an object in disguise cannot lie to them.
const TypedArray = Object.getPrototypeOf(Float32Array.prototype) as object;
const nameOf = getter(Symbol.toStringTag) as (this: unknown) => string | undefined;
const bufferOf = getter('buffer') as (this: unknown) => ArrayBufferLike;
const byteOffsetOf = getter('byteOffset') as (this: unknown) => number;
const lengthOf = getter('length') as (this: unknown) => number;
const byteLengthOf = getter('byteLength') as (this: unknown) => number;

function getter(key: string | symbol): unknown {
  return Object.getOwnPropertyDescriptor(TypedArray, key)?.get;
}

/** A plain view of the memory of a Float32Array, also of another realm or a subclass; else undefined. */
export function plainFloat32Array(value: unknown): Float32Array | undefined {
  if (nameOf.call(value) !== 'Float32Array') return undefined;
  return new Float32Array(bufferOf.call(value), byteOffsetOf.call(value), lengthOf.call(value));
}

/** Length of an array. V8 11 may have cached that of a typed array, and gives it after the array is detached. */
export function trueLength(value: ArrayLike<unknown>): number {
  return nameOf.call(value) === undefined ? value.length : lengthOf.call(value);
}

/** Bytes in memory. */
export interface MemoryRange {
  buffer: ArrayBufferLike;
  byteOffset: number;
  byteLength: number;
}

/** Where a typed array of any class lies; undefined: it is none. */
export function memoryOf(value: unknown): MemoryRange | undefined {
  if (nameOf.call(value) === undefined) return undefined;
  return {
    buffer: bufferOf.call(value),
    byteOffset: byteOffsetOf.call(value),
    byteLength: byteLengthOf.call(value),
  };
}

/** Arrays of numbers; those of bigints are none. */
const NUMBERS = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
];

/** A plain view of the memory of any array of numbers, also of another realm or a subclass; else undefined. */
export function plainNumbers(value: unknown): InstanceType<(typeof NUMBERS)[number]> | undefined {
  const name = nameOf.call(value);
  const Own = NUMBERS.find((kind) => kind.name === name);
  if (!Own) return undefined;
  const buffer = bufferOf.call(value) as ArrayBuffer;
  return new Own(buffer, byteOffsetOf.call(value), lengthOf.call(value));
}

/** Whether it is a typed array whose memory was transferred away. */
export function isDetached(value: unknown): boolean {
  if (nameOf.call(value) === undefined || lengthOf.call(value) > 0) return false;
  try {
    new Uint8Array(bufferOf.call(value));
    return false;
  } catch {
    return true;
  }
}
