import { afterEach, describe, expect, it } from 'vitest';
import * as losses from '../../../src/reference/losses/index.ts';
import type { Tensor } from '../../../src/types.ts';
import { expectClose } from '../../lib/compare.ts';
import { KernelMemory, lengths } from '../../lib/kernels.ts';
import { normal, uniforms } from '../../lib/random.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const memory = await KernelMemory.ofLosses();
const { kernels } = memory;
afterEach(() => memory.settle());

/** Rounding of a value or a slope to float32, relative. */
const ROUNDING = 6e-8;
/** Of the sum, whose terms are in float64: what exponential and logarithm leave. Reached: 8.8e-11. */
const SUM_BOUND = 2e-10;
/** What is below is a difference of larger numbers, with their error. */
const CANCELLATION = 1e-3;
/** A float that kernels may read behind an odd number of them. */
const SPARE_BYTES = 4;
const SCALE = 0.37;

interface Kernel {
  name: 'mse' | 'l1' | 'huber' | 'hinge' | 'squaredHinge' | 'logLoss' | 'klDiv';
  /** Behind the scale. */
  parameters?: number[];
}
interface LogitKernel {
  name: 'bceWithLogits' | 'focal' | 'varifocal' | 'qualityFocal';
  parameters?: number[];
}
type Entry = (Kernel | LogitKernel) & {
  expected(x: losses.Values, t: losses.Values): losses.Loss;
  input: (uniform: () => number) => number;
  target: (uniform: () => number) => number;
};

const none = { reduction: 'none' } as const;
const any = (uniform: () => number) => 8 * (uniform() - 0.5);
const sign = (uniform: () => number) => (uniform() < 0.5 ? -1 : 1);
const share = (uniform: () => number) => Math.min(Math.max(1.4 * uniform() - 0.2, 0), 1);
const inside = (uniform: () => number) => 0.01 + 0.98 * uniform();
const powers = [
  [0, 0, 0],
  [2, 2, 0],
  [1.5, 1, 0.5],
  [9.5, 0, 9.5],
];

const entries: Entry[] = [
  { name: 'mse', input: any, target: any, expected: (x, t) => losses.mse(x, t, none) },
  { name: 'l1', input: any, target: any, expected: (x, t) => losses.l1(x, t, none) },
  {
    name: 'huber',
    parameters: [1.5, 1],
    input: any,
    target: any,
    expected: (x, t) => losses.huber(x, t, { ...none, delta: 1.5 }),
  },
  {
    name: 'huber',
    parameters: [0.5, 2],
    input: any,
    target: any,
    expected: (x, t) => losses.smoothL1(x, t, { ...none, beta: 0.5 }),
  },
  { name: 'hinge', input: any, target: sign, expected: (x, t) => losses.hinge(x, t, none) },
  {
    name: 'squaredHinge',
    input: any,
    target: sign,
    expected: (x, t) => losses.squaredHinge(x, t, none),
  },
  { name: 'logLoss', input: inside, target: share, expected: (x, t) => losses.logLoss(x, t, none) },
  { name: 'klDiv', input: any, target: share, expected: (x, t) => losses.klDiv(x, t, none) },
  {
    name: 'bceWithLogits',
    input: any,
    target: share,
    expected: (x, t) => losses.bceWithLogits(x, t, none),
  },
  ...powers.flatMap(([gamma, ...parts]): Entry[] => [
    {
      name: 'focal',
      parameters: [0.3, gamma, ...parts],
      input: any,
      target: share,
      expected: (x, t) => losses.focal(x, t, { ...none, alpha: 0.3, gamma }),
    },
    {
      name: 'varifocal',
      parameters: [0.6, gamma, ...parts],
      input: any,
      target: share,
      expected: (x, t) => losses.varifocal(x, t, { ...none, alpha: 0.6, gamma }),
    },
    {
      name: 'qualityFocal',
      parameters: [gamma, ...parts],
      input: any,
      target: share,
      expected: (x, t) => losses.qualityFocal(x, t, { ...none, beta: gamma }),
    },
  ]),
];

const tensor = (data: Float32Array): Tensor => ({ data, shape: [data.length] });
const twice = (numbers: number[]) => Float64Array.from(numbers.flatMap((n) => [n, n]));

/** What a kernel leaves of n elements. */
function run({ name, parameters = [] }: Entry, x: Float32Array, t: Float32Array, isNone = true) {
  const count = x.length;
  const grad = memory.block(new Float32Array(count).fill(Number.NaN));
  const values = isNone ? memory.block(new Float32Array(count).fill(Number.NaN)) : 0;
  const sum = kernels[name](
    memory.input(x, SPARE_BYTES),
    memory.input(t, SPARE_BYTES),
    count,
    grad,
    values,
    memory.input(twice([SCALE, ...parameters])),
    memory.block(new Uint8Array(8)),
  );
  const result = { sum, grad: memory.f32(grad, count), values: memory.f32(values, count) };
  memory.settle();
  return result;
}

describe.each(entries)('$name, $parameters', (entry) => {
  it.each(lengths)(`%d elements: sum to ${SUM_BOUND}, the rest to float32’s rounding`, (count) => {
    const uniform = uniforms(count);
    const x = Float32Array.from({ length: count }, () => entry.input(uniform));
    const t = Float32Array.from({ length: count }, () => entry.target(uniform));
    const { sum, grad, values } = run(entry, x, t);
    const expected = entry.expected(tensor(x), tensor(t));
    const exact = tensorOf(expected.value).data;
    const total = exact.reduce((a, b) => a + b, 0);
    const size = exact.reduce((a, b) => a + Math.abs(b), 0);
    expectClose('sum', sum, total, SUM_BOUND, size);
    expect(run(entry, x, t, false)).toMatchObject({ sum, grad });
    for (let i = 0; i < count; i++) {
      const slope = SCALE * expected.grad.data[i];
      expectClose(`slope at ${x[i]}, ${t[i]}`, grad[i], slope, ROUNDING, CANCELLATION);
      expectClose(`value at ${x[i]}, ${t[i]}`, values[i], exact[i], ROUNDING, CANCELLATION);
    }
  });

  it('NaN in input or target shows in its own value and in no other', () => {
    for (let at = 0; at < 5; at++) {
      for (const side of [0, 1]) {
        const pair = [new Float32Array(5).fill(0.4), new Float32Array(5).fill(1)];
        pair[side][at] = Number.NaN;
        const { values } = run(entry, pair[0], pair[1]);
        expect([...values].map(Number.isNaN)).toEqual([0, 1, 2, 3, 4].map((i) => i === at));
      }
    }
  });
});

describe('weightedBceWithLogits', () => {
  it.each(lengths)('%d elements, each with weights of its own: to float32’s rounding', (count) => {
    const uniform = uniforms(count);
    const floats = (next: () => number) => Float32Array.from({ length: count }, next);
    const x = normal({ seed: count, mean: 0, std: 3 }, count);
    const [t, weight, posWeight] = [floats(uniform), floats(uniform), floats(uniform)];
    const parameters = new Float64Array([SCALE, SCALE, 0, 0]);
    parameters[2] = memory.input(weight, SPARE_BYTES);
    parameters[3] = memory.input(posWeight, SPARE_BYTES);
    const grad = memory.block(new Float32Array(count));
    const values = memory.block(new Float32Array(count));
    const sum = kernels.weightedBceWithLogits(
      memory.input(x, SPARE_BYTES),
      memory.input(t, SPARE_BYTES),
      count,
      grad,
      values,
      memory.input(parameters),
      memory.block(new Uint8Array(8)),
    );
    const weights = count === 0 ? {} : { weight, posWeight };
    const expected = losses.bceWithLogits(tensor(x), tensor(t), { ...none, ...weights });
    const exact = tensorOf(expected.value).data;
    const [slopes, losts] = [memory.f32(grad, count), memory.f32(values, count)];
    expectClose(
      'sum',
      sum,
      exact.reduce((a, b) => a + b, 0),
      SUM_BOUND,
    );
    for (let i = 0; i < count; i++) {
      const slope = SCALE * expected.grad.data[i];
      expectClose('slope', slopes[i], slope, ROUNDING, CANCELLATION);
      expectClose('value', losts[i], exact[i], ROUNDING, CANCELLATION);
    }
  });
});
