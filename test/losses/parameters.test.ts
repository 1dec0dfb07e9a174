import { describe, expect, it } from 'vitest';
import * as reference from '../../src/reference/losses/index.ts';
import type { Tensor } from '../../src/types.ts';
import { expectClose } from '../lib/compare.ts';
import { lossBackends, useLosses } from '../lib/loss-backends.ts';
import type { LossName } from '../lib/loss-cases.ts';

type Loss = (input: reference.Values, target: reference.Values, options: object) => reference.Loss;
const byName = { ...reference } as unknown as Record<LossName, Loss>;

/** Smallest normal float32, below which rounding is not relative. */
const MIN_NORMAL = 2 ** -126;

const rows = {
  input: { data: Float32Array.of(0.1, 0.2, 0.3, 2, -1, 0.5), shape: [2, 3] },
  target: { data: Int32Array.of(0, 2), shape: [2] },
};
const soft = { data: Float32Array.of(0.2, 0.3, 0.5, 0, 1, 0), shape: [2, 3] };
const elements = {
  input: { data: Float32Array.of(-2, 0.5, 3, 0), shape: [4] },
  target: { data: Float32Array.of(0, 1, 0.25, 0), shape: [4] },
};
const margins = {
  input: { data: Float32Array.of(0.5, 0.5, 0.25, 3, 1, 2), shape: [2, 3] },
  target: rows.target,
};

interface Case {
  name: LossName;
  input: Tensor;
  target: Tensor<Float32Array | Int32Array>;
  options: object;
}

const weights = [
  [1e-40, 1e-40, 1e-40],
  [1e38, 2e38, 3e38],
  [1e39, 1e39, 1e39],
  [1e-300, 2e-300, 3e-300],
  [1e300, 2e300, 3e300],
  [1e-30, 1, 1e25],
  [0, 1e-40, 1e-39],
];

/** Parameters that float32 does not hold, or whose sums or reciprocals it does not. */
const cases: Case[] = [
  ...[1e-38, 1e-39, 1e-45, 1e-60, 1e38, 1e39, 1e100, 1e300].map((beta) => ({
    name: 'smoothL1' as const,
    ...elements,
    options: { beta },
  })),
  ...[1e-38, 1e-40, 1e-300, 1e38, 1e39, 1e300].map((delta) => ({
    name: 'huber' as const,
    ...elements,
    options: { delta },
  })),
  ...weights.flatMap((weight) => [
    { name: 'crossEntropy' as const, ...rows, options: { weight } },
    { name: 'crossEntropy' as const, ...rows, options: { weight, labelSmoothing: 0.1 } },
    { name: 'crossEntropy' as const, input: rows.input, target: soft, options: { weight } },
    { name: 'multiMargin' as const, ...margins, options: { weight } },
    { name: 'multiMargin' as const, ...margins, options: { weight, p: 2 } },
  ]),
  { name: 'crossEntropy', ...rows, options: { labelSmoothing: 1e-42 } },
  ...[1e-40, 1e-9, 1e38, 1e39, 1e100].flatMap((margin) => [
    { name: 'multiMargin' as const, ...margins, options: { margin } },
    { name: 'multiMargin' as const, ...margins, options: { margin, p: 2 } },
  ]),
  ...[1e39, 1e300, 1e-300].map((weight) => ({
    name: 'bceWithLogits' as const,
    ...elements,
    options: { weight: [weight] },
  })),
  ...[1e39, 1e60].flatMap((posWeight) => [
    { name: 'bceWithLogits' as const, ...elements, options: { posWeight: [posWeight] } },
    {
      name: 'bceWithLogits' as const,
      ...elements,
      options: { posWeight: [1, posWeight, 0, 2], weight: [1e-40] },
    },
  ]),
  ...[1e-40, 1e38, 3e38].flatMap((weight) => [
    { name: 'bceWithLogits' as const, ...elements, options: { weight: [weight] } },
    { name: 'bceWithLogits' as const, ...elements, options: { posWeight: [weight] } },
    {
      name: 'bceWithLogits' as const,
      ...elements,
      options: { weight: [1, weight === 1e-40 ? 1e-30 : weight, 2, 0], posWeight: [1e20] },
    },
  ]),
  ...[1e-40, 1e38, 1e39, 1e50].map((alpha) => ({
    name: 'varifocal' as const,
    ...elements,
    options: { alpha },
  })),
  { name: 'focal', ...elements, options: { alpha: 1e-40 } },
  ...(['focal', 'varifocal', 'qualityFocal'] as const).map((name) => ({
    name,
    ...elements,
    options: name === 'qualityFocal' ? { beta: 1e-40 } : { gamma: 1e-40 },
  })),
  ...[1e-40, 1e38, 1e39].map((smooth) => ({
    name: 'dice' as const,
    input: elements.input,
    target: { data: Float32Array.of(0, 1, 0, 1), shape: [4] },
    options: { smooth },
  })),
  {
    name: 'dice',
    input: { data: new Float32Array(4).fill(-1000), shape: [4] },
    target: { data: new Float32Array(4), shape: [4] },
    options: { smooth: 1e-40 },
  },
];

describe.each(lossBackends)('$name: parameters', ({ config, bound }) => {
  const named = useLosses(config);
  const float32 = (exact: number) => Math.fround(exact);

  const expectNear = (what: string, actual: number, exact: number) => {
    if (Number.isFinite(exact)) expectClose(what, actual, exact, bound, MIN_NORMAL / bound);
    else expect(actual, what).toBe(exact);
  };

  it.each(cases)(`$name, $options: within ${bound}`, async ({ name, input, target, options }) => {
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      const { value, grad } = await named(name)(input, target, { ...options, reduction });
      const exact = byName[name](input, target, { ...options, reduction });
      if (reduction === 'none') {
        (exact.value as Tensor<Float64Array>).data.forEach((own, i) => {
          expectNear(`value ${i}`, (value as unknown as Tensor).data[i], float32(own));
        });
      } else expectNear(reduction, value as number, exact.value as number);
      exact.grad.data.forEach((slope, i) => {
        expectNear(`${reduction}, gradient ${i}`, grad.data[i], float32(slope));
      });
    }
  });

  it('crossEntropy: the mean of weights that are all 0 is NaN, with gradient 0, with smoothing or without', async () => {
    const input = { data: Float32Array.of(0.1, 0.2, 0.3), shape: [1, 3] };
    const target = { data: Int32Array.of(0), shape: [1] };
    for (const labelSmoothing of [0, 0.1]) {
      const options = { weight: [0, 1, 2], labelSmoothing };
      const { value, grad } = await named('crossEntropy')(input, target, options);
      expect([value, ...grad.data.map(Math.abs)]).toEqual([Number.NaN, 0, 0, 0]);
      expect(reference.crossEntropy(input, target, options).value).toBe(Number.NaN);
    }
  });

  it.each([
    [-3e38, 1],
    [-3.4028234e38, 1],
    [-3e38, -2.9e38],
    [-Infinity, -3e38],
    [Infinity, 3e38],
    [-1e38, -1e38],
  ])(`rows of %d and %d: within ${bound} of the reference`, async (low, high) => {
    for (const length of [2, 3, 100]) {
      const own = high === 1 ? low : high;
      const row = Float32Array.from({ length }, (_, i) => (i === 1 ? own : low));
      const input = { data: row, shape: [1, length] };
      for (const name of ['crossEntropy', 'distributionFocal'] as const) {
        const target =
          name === 'crossEntropy'
            ? { data: Int32Array.of(1), shape: [1] }
            : { data: Float32Array.of(0.5), shape: [1] };
        const { value, grad } = await named(name)(input, target, { reduction: 'sum' });
        const exact = byName[name](input, target, { reduction: 'sum' });
        // A difference of logits that float32 does not hold
        if (Math.abs(exact.value as number) < 3e38) {
          expectNear(`${name}, ${length}`, value as number, exact.value as number);
        }
        exact.grad.data.forEach((slope, i) => {
          expectNear(`${name}, ${length}, gradient ${i}`, grad.data[i], slope);
        });
      }
    }
  });

  it('dice of an empty mask: NaN without smoothing where every p is 0, else 1', async () => {
    const target = { data: new Float32Array(3), shape: [3] };
    for (const [logit, expected] of [
      [-1000, Number.NaN],
      [-Infinity, Number.NaN],
      [-100, 1],
      [-700, 1],
    ]) {
      const input = { data: Float32Array.of(-1000, logit, -1000), shape: [3] };
      const { value, grad } = await named('dice')(input, target, { smooth: 0 });
      expect(value, `${logit}`).toBe(expected);
      expect([...grad.data.map(Math.abs)]).toEqual(Array(3).fill(expected === 1 ? 0 : Number.NaN));
    }
  });
});
