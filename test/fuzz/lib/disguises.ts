import { reactive } from '../../lib/reactive.ts';
import { foreign } from '../../lib/realm.ts';
import { bytesOf, type Draw } from './memory.ts';

/** Another form of the same value, which a call has to take for what it is. */
export interface Disguise {
  name: string;
  /** Undefined: it does not fit this value. */
  wear(value: object, draw: Draw): unknown;
}

type View = Float32Array;

function onObjects(name: string, wear: Disguise['wear']): Disguise {
  const isFit = (value: object) => !ArrayBuffer.isView(value) && !(value instanceof Function);
  return { name, wear: (value, draw) => (isFit(value) ? wear(value, draw) : undefined) };
}

function onFloats(name: string, wear: (value: View) => unknown): Disguise {
  return { name, wear: (value) => (value instanceof Float32Array ? wear(value) : undefined) };
}

/** Copies numbers into memory of another sort. */
function copyInto(value: View, buffer: ArrayBufferLike, Own = Float32Array): View {
  new Uint8Array(buffer).set(bytesOf(value));
  return new Own(buffer as ArrayBuffer, 0, value.length);
}

/** `maxByteLength` is newer than this project's types. */
function resizable(bytes: number): ArrayBuffer & { resize(bytes: number): void } {
  const Resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => never;
  return new Resizable(bytes, { maxByteLength: bytes + 64 });
}

export const disguises: readonly Disguise[] = [
  onObjects('transparent proxy', (value) => reactive(value)),
  onObjects('frozen', (value) => Object.freeze(value)),
  onObjects('without a prototype', (value) =>
    Array.isArray(value) ? undefined : Object.assign(Object.create(null), value),
  ),
  onFloats('subclass', (value) =>
    copyInto(value, new ArrayBuffer(value.byteLength), class extends Float32Array {}),
  ),
  onFloats('of another realm', (value) =>
    copyInto(value, new foreign.ArrayBuffer(value.byteLength), foreign.Float32Array),
  ),
  onFloats('in shared memory', (value) => copyInto(value, new SharedArrayBuffer(value.byteLength))),
  onFloats('in resizable memory', (value) => copyInto(value, resizable(value.byteLength))),
  onFloats('as long as its resizable memory', (value) => {
    const buffer = resizable(value.byteLength);
    copyInto(value, buffer);
    return new Float32Array(buffer);
  }),
];

/** Arrays that have lost their memory: nothing can be read from them. */
export const ruins: readonly Disguise[] = [
  {
    name: 'detached',
    wear(value) {
      if (!ArrayBuffer.isView(value) || value.byteLength === 0) return undefined;
      const buffer = value.buffer as ArrayBuffer;
      structuredClone(buffer, { transfer: [buffer] });
      return value;
    },
  },
  onFloats('beyond the end of its resizable memory', (value) => {
    if (value.length === 0) return undefined;
    const buffer = resizable(value.byteLength);
    const view = new Float32Array(buffer, 0, value.length);
    buffer.resize(value.byteLength - 4);
    return view;
  }),
];
