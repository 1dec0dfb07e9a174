import { type Draw, trueBytes } from './memory.ts';
import { foreign } from './realm.ts';
import { HostileError, revoked } from './values.ts';

/**
 * Other forms of the same value. What reads each property once, by the engine's own getters, sees no difference.
 *
 * `isSure`: it has to be taken for what it is; else it may be refused as well.
 */
export interface Disguise {
  name: string;
  isSure: boolean;
  /** Undefined: it does not fit this value. */
  wear(value: object, draw: Draw, act: () => void): unknown;
}

type View = Float32Array;
const isPlain = (value: object) => !ArrayBuffer.isView(value) && !(value instanceof Function);
const isFloats = (value: object): value is View => value instanceof Float32Array;

/** Every property of an object by a getter. */
function withGetters(
  value: object,
  getterOf: (key: string, own: unknown) => () => unknown,
): object {
  const made = Array.isArray(value) ? [] : {};
  for (const [key, own] of Object.entries(value)) {
    Object.defineProperty(made, key, { get: getterOf(key, own), enumerable: true });
  }
  if (Array.isArray(made)) made.length = (value as unknown[]).length;
  return made;
}

function onObjects(name: string, isSure: boolean, wear: Disguise['wear']): Disguise {
  return { name, isSure, wear: (v, draw, act) => (isPlain(v) ? wear(v, draw, act) : undefined) };
}

function onFloats(name: string, wear: (value: View, draw: Draw) => unknown): Disguise {
  return { name, isSure: true, wear: (v, draw) => (isFloats(v) ? wear(v, draw) : undefined) };
}

/** The same numbers in memory of another sort. */
function copyInto(value: View, buffer: ArrayBufferLike, Own: typeof Float32Array): View {
  const copy = new Own(buffer as ArrayBuffer, 0, value.length);
  new Uint8Array(buffer).set(trueBytes(value));
  return copy;
}

class Liar extends Float32Array {
  static get [Symbol.species](): never {
    throw new HostileError('species');
  }
  override get length(): number {
    return 2 ** 31;
  }
  override subarray(): never {
    throw new HostileError('subarray');
  }
  override set(): never {
    throw new HostileError('set');
  }
}

/** `maxByteLength` is newer than this project's types. */
function resizable(bytes: number): ArrayBuffer & { resize(bytes: number): void } {
  const Resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => never;
  return new Resizable(bytes, { maxByteLength: bytes + 64 });
}

export const disguises: readonly Disguise[] = [
  onObjects('transparent proxy', true, (value) => new Proxy(value, {})),
  onObjects('frozen', true, (value) => Object.freeze(value)),
  onObjects('constant getters', true, (value) => withGetters(value, (_, own) => () => own)),
  onObjects('without a prototype', true, (value) =>
    Array.isArray(value) ? undefined : Object.assign(Object.create(null), value),
  ),
  onObjects('getters that lie from the second read on', false, (value, draw) => {
    const lies = [undefined, null, 2 ** 31, [], new Float32Array(1), -1];
    return withGetters(value, (_, own) => {
      let reads = 0;
      return () => (reads++ === 0 ? own : draw.of(lies));
    });
  }),
  onObjects('a getter that acts', false, (value, draw, act) => {
    const chosen = draw.of(Object.keys(value));
    return withGetters(value, (key, own) => () => {
      if (key === chosen) act();
      return own;
    });
  }),
  {
    name: 'own properties that lie',
    isSure: false,
    wear(value) {
      if (!ArrayBuffer.isView(value)) return undefined;
      for (const key of ['length', 'buffer', 'byteOffset', 'byteLength', 'constructor']) {
        Object.defineProperty(value, key, { value: 2 ** 31 });
      }
      return value;
    },
  },
  onFloats('a subclass that lies', (value) =>
    copyInto(value, new ArrayBuffer(value.byteLength), Liar),
  ),
  onFloats('of another realm', (value) =>
    copyInto(value, new foreign.ArrayBuffer(value.byteLength), foreign.Float32Array),
  ),
  onFloats('in shared memory', (value) =>
    copyInto(value, new SharedArrayBuffer(value.byteLength), Float32Array),
  ),
  onFloats('in resizable memory', (value) =>
    copyInto(value, resizable(value.byteLength), Float32Array),
  ),
  onFloats('as long as its resizable memory', (value) => {
    const buffer = resizable(value.byteLength);
    new Uint8Array(buffer).set(trueBytes(value));
    return new Float32Array(buffer);
  }),
];

/** Values that nothing can be read from, or nothing any more. */
export const ruins: readonly Disguise[] = [
  onObjects('getters that throw', false, (value) => {
    // What has nothing but an unknown property is not read
    if (Object.keys(value).every((key) => key === 'unknown')) return undefined;
    return withGetters(value, () => () => {
      throw new HostileError('getter');
    });
  }),
  onObjects('a revoked proxy', false, (value) => revoked(value)),
  {
    name: 'a proxy of a typed array',
    isSure: false,
    // An empty one has no properties, which is as good as no options
    wear: (value) => (isFloats(value) && value.length > 0 ? new Proxy(value, {}) : undefined),
  },
  {
    name: 'detached',
    isSure: false,
    wear(value) {
      if (!ArrayBuffer.isView(value) || value.byteLength === 0) return undefined;
      detach(value);
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

export function detach(view: ArrayBufferView): void {
  const buffer = view.buffer as ArrayBuffer;
  structuredClone(buffer, { transfer: [buffer] });
}
