import { afterEach, describe, expect, it } from 'vitest';
import type { ElementwiseLoss } from '../../../src/backend/loss-backend.ts';
import {
  ELEMENTWISE_SCRATCH_BYTES,
  type ElementwiseParams,
} from '../../../src/backend/programs/losses/kernels.ts';
import * as losses from '../../../src/reference/losses/index.ts';
import type { Tensor } from '../../../src/types.ts';
import { expectClose } from '../../lib/compare.ts';
import { KernelMemory, lengths } from '../../lib/kernels.ts';
import { normal, uniforms } from '../../lib/random.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const memory = await KernelMemory.ofLosses();
afterEach(() => memory.settle());

/** Relative error of a value or a gradient that is rounded to float32. */
const ROUNDING = 6e-8;
/** Relative error of the sum of float64 terms, to which exponential and logarithm contribute. Reached: 8.8e-11. */
const SUM_BOUND = 2e-10;
/** A smaller number is a difference of larger numbers, with their error. */
const CANCELLATION = 1e-3;
/** Kernels may read one float behind an odd number of them. */
const SPARE_BYTES = 4;
const SCALE = 0.37;

interface Entry {
  name: ElementwiseLoss['loss'];
  parameters?: Partial<ElementwiseParams>;
  expected(x: losses.Values, t: losses.Values): losses.Loss;
  input: (uniform: () => number) => number;
  target: (uniform: () => number) => number;
}

const none = { reduction: 'none' } as const;
const any = (uniform: () => number) => 8 * (uniform() - 0.5);
const sign = (uniform: () => number) => (uniform() < 0.5 ? -1 : 1);
const share = (uniform: () => number) => Math.min(Math.max(1.4 * uniform() - 0.2, 0), 1);
const inside = (uniform: () => number) => 0.01 + 0.98 * uniform();
const powers = [
  { power: 0, wholePower: 0, restPower: 0 },
  { power: 2, wholePower: 2, restPower: 0 },
  { power: 1.5, wholePower: 1, restPower: 0.5 },
  { power: 9.5, wholePower: 0, restPower: 9.5 },
];

const entries: Entry[] = [
  { name: 'mse', input: any, target: any, expected: (x, t) => losses.mse(x, t, none) },
  { name: 'l1', input: any, target: any, expected: (x, t) => losses.l1(x, t, none) },
  {
    name: 'huber',
    parameters: { delta: 1.5, factor: 1 },
    input: any,
    target: any,
    expected: (x, t) => losses.huber(x, t, { ...none, delta: 1.5 }),
  },
  {
    name: 'huber',
    parameters: { delta: 0.5, factor: 2 },
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
  ...powers.flatMap((power): Entry[] => [
    {
      name: 'focal',
      parameters: { alpha: 0.3, ...power },
      input: any,
      target: share,
      expected: (x, t) => losses.focal(x, t, { ...none, alpha: 0.3, gamma: power.power }),
    },
    {
      name: 'varifocal',
      parameters: { alpha: 0.6, ...power },
      input: any,
      target: share,
      expected: (x, t) => losses.varifocal(x, t, { ...none, alpha: 0.6, gamma: power.power }),
    },
    {
      name: 'qualityFocal',
      parameters: power,
      input: any,
      target: share,
      expected: (x, t) => losses.qualityFocal(x, t, { ...none, beta: power.power }),
    },
  ]),
];

type Call = Pick<Entry, 'name' | 'parameters'>;
const POWERS = { power: 0, wholePower: 0, restPower: 0 };
const UNUSED = { weight: 0, posWeight: 0, alpha: 0, ...POWERS, delta: 0, factor: 0 };

const tensor = (data: Float32Array): Tensor => ({ data, shape: [data.length] });

/** Sum, gradients and values that a kernel computes. */
function run({ name, parameters }: Call, x: Float32Array, t: Float32Array, isNone = true) {
  const count = x.length;
  const grad = memory.block(new Float32Array(count).fill(Number.NaN));
  const values = isNone ? memory.block(new Float32Array(count).fill(Number.NaN)) : 0;
  const sum = memory.call(name, {
    input: memory.input(x, SPARE_BYTES),
    target: memory.input(t, SPARE_BYTES),
    count,
    grad,
    values,
    scale: SCALE,
    scratch: memory.block(new Uint8Array(ELEMENTWISE_SCRATCH_BYTES)),
    ...UNUSED,
    ...parameters,
  });
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
      const gradient = SCALE * expected.grad.data[i];
      expectClose(`gradient at ${x[i]}, ${t[i]}`, grad[i], gradient, ROUNDING, CANCELLATION);
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

describe('bceWithLogits with weights', () => {
  it.each(lengths)('%d elements, each with weights of its own: to float32’s rounding', (count) => {
    const uniform = uniforms(count);
    const floats = (next: () => number) => Float32Array.from({ length: count }, next);
    const x = normal({ seed: count, mean: 0, std: 3 }, count);
    const t = floats(uniform);
    const [weight, posWeight] = [1e-45, 1e45].map((size) =>
      Float64Array.from({ length: count }, () => size * uniform()),
    );
    const parameters = {
      weight: memory.input(weight, 2 * SPARE_BYTES),
      posWeight: memory.input(posWeight, 2 * SPARE_BYTES),
    };
    const { sum, grad, values } = run({ name: 'bceWithLogits', parameters }, x, t);
    const weights = count === 0 ? {} : { weight, posWeight };
    const expected = losses.bceWithLogits(tensor(x), tensor(t), { ...none, ...weights });
    const exact = tensorOf(expected.value).data;
    const total = exact.reduce((a, b) => a + b, 0);
    expectClose('sum', sum, total, SUM_BOUND);
    for (let i = 0; i < count; i++) {
      expectClose('gradient', grad[i], SCALE * expected.grad.data[i], ROUNDING, CANCELLATION);
      expectClose('value', values[i], exact[i], ROUNDING, CANCELLATION);
    }
  });
});
