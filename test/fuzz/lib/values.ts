import type { Draw } from './memory.ts';

const NUMBERS = [
  0,
  -0,
  1,
  2,
  3,
  -1,
  0.5,
  1.5,
  4,
  8,
  16,
  17,
  255,
  65_536,
  1e6,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 31),
  1e300,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  Infinity,
  -Infinity,
  Number.NaN,
];

/** Numbers of threads: they are really started, so that no breakage asks for dozens. */
const FEW_THREADS = [0, -1, 1, 2, 1.5, Number.NaN, 65, 2 ** 31, 'auto', '2', null, {}];

const OTHERS: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => '',
  () => '3',
  () => 'nhwc',
  () => 'x'.repeat(100_000),
  () => 3n,
  () => Symbol('strange'),
  () => [],
  () => [[]],
  () => [Number.NaN, -1],
  () => [2 ** 31 - 1, 2],
  () => new Array(2 ** 32 - 1),
  () => ({}),
  () => ({ length: 2 ** 31 }),
  () => ({ length: 2 ** 24 }),
  () => ({ length: -1 }),
  () => ({ length: 1.5 }),
  () => ({ length: Infinity }),
  () => ({ length: 3n }),
  () => ({ data: { length: 2 ** 31 }, shape: [1, 65_536, 32_768] }),
  () => ({ data: new Float32Array(4), shape: [0, 1e308, 1e308] }),
  () => ({ data: new Float32Array(0), shape: [0, 2 ** 31] }),
  () => ({ data: new Float32Array(0), shape: [0, 2 ** 53] }),
  () => ({ data: new Float32Array(4), shape: [2, 2] }),
  () => ({ data: new Float32Array(4), shape: new Array(2 ** 32 - 1) }),
  () => () => 1,
  () => async () => 1,
  () => new Date(0),
  () => /x/,
  () => new Map(),
  () => new ArrayBuffer(64),
  () => new DataView(new ArrayBuffer(64)),
  () => new BigInt64Array(4),
  () => new Float64Array(4),
  () => new Float32Array(0),
  () => new Uint8ClampedArray(8),
  () => Promise.resolve(1),
  () => new Proxy({}, {}),
  () => Object.create(null),
  () => ({ mapAsync() {}, usage: 0x80, mapState: 'unmapped', size: 1e9 }),
  () => ({ createComputePipelineAsync() {}, queue: {} }),
  () => ({ valueOf: () => 2, toString: () => '2' }),
];

/** A value that no argument should have, at least not here. Equal draws give equal values. */
export function strangeValue(draw: Draw, key: string | number): unknown {
  if (key === 'threads') return draw.of(FEW_THREADS);
  return draw.below(2) === 0 ? draw.of(NUMBERS) : draw.of(OTHERS)();
}

export function strangeNumber(draw: Draw): number {
  return draw.of(NUMBERS);
}
