import { describe, expect, it } from 'vitest';
import * as reference from '../../src/reference/losses/index.ts';
import type { Tensor } from '../../src/types.ts';
import { expectClose } from '../lib/compare.ts';
import { lossBackends, useLosses } from '../lib/loss-backends.ts';
import type { LossName } from '../lib/loss-cases.ts';
import { extremes } from '../lib/loss-extremes.ts';

/** Smallest normal float32, below which rounding is not relative. */
const MIN_NORMAL = 2 ** -126;

type Loss = (input: reference.Values, target: reference.Values, options: object) => reference.Loss;
const byName = { ...reference } as unknown as Record<LossName, Loss>;
const vector = (...numbers: number[]): Tensor => ({
  data: Float32Array.from(numbers),
  shape: [numbers.length],
});
const kindOf = (n: number) => (Number.isFinite(n) ? 'finite' : String(n));

/** Every loss that treats elements by themselves, with options that reach every branch of its kernel. */
const elementwise: { name: LossName; options?: object }[] = [
  ...(['mse', 'l1', 'smoothL1', 'huber', 'logLoss', 'klDiv', 'hinge', 'squaredHinge'] as const).map(
    (name) => ({ name }),
  ),
  { name: 'smoothL1', options: { beta: 0 } },
  { name: 'bceWithLogits' },
  { name: 'bceWithLogits', options: { posWeight: [2], weight: [0.5] } },
  ...[0, 1.5, 2].flatMap((power) => [
    { name: 'focal' as const, options: { gamma: power } },
    { name: 'varifocal' as const, options: { gamma: power } },
    { name: 'qualityFocal' as const, options: { beta: power } },
  ]),
];

const odd = [Number.NaN, Infinity, -Infinity];
/** Targets of the hinge losses are checked, so that they hold nothing but signs. */
const oddTargets: Partial<Record<LossName, number[]>> = {
  mse: [...odd, 1],
  l1: [...odd, 1],
  hinge: [-1, 1],
  squaredHinge: [-1, 1],
};

describe.each(lossBackends)('$name: extremes', ({ config, bound }) => {
  const named = useLosses(config);

  it.each(extremes)(
    `$name, $options: ±100, exact 0 and 1: finite, within ${bound}`,
    async (entry) => {
      const { name, inputs, targets, options = {} } = entry;
      for (const x of inputs) {
        for (const t of targets) {
          const call = { ...options, reduction: 'sum' } as const;
          const [input, target] = [vector(x), vector(t)];
          const { value, grad } = await named(name)(input, target, call);
          const expected = byName[name](input, target, call);
          const size = MIN_NORMAL / bound;
          expectClose(`${x}, ${t}`, value as number, Number(expected.value), bound, size);
          expectClose(`slope at ${x}, ${t}`, grad.data[0], expected.grad.data[0], bound, size);
        }
      }
    },
  );

  it.each(elementwise)(
    '$name, $options: NaN and ±∞ give what the reference gives',
    async (entry) => {
      const { name, options = {} } = entry;
      const call = { ...options, reduction: 'none' } as const;
      for (const x of [...odd, 0.5]) {
        for (const t of oddTargets[name] ?? [Number.NaN, 0, 1]) {
          const [input, target] = [vector(0.5, x, 0.25), vector(1, t, 1)];
          const { value, grad } = await named(name)(input, target, call);
          const expected = byName[name](input, target, call);
          const values = (expected.value as Tensor<Float64Array>).data;
          const got = [...(value as unknown as Tensor).data, ...grad.data].map(kindOf);
          expect(got, `${x}, ${t}`).toEqual([...values, ...expected.grad.data].map(kindOf));
        }
      }
    },
  );

  it(`focal of a target beyond [0, 1]: within ${bound}; NaN where a broken power is of what is negative`, async () => {
    for (const [x, t] of [
      [0.7, 5],
      [-2, -3],
    ]) {
      const [input, target] = [vector(x), vector(t)];
      for (const gamma of [0, 1, 3]) {
        const call = { gamma, reduction: 'sum' } as const;
        const { value, grad } = await named('focal')(input, target, call);
        const expected = reference.focal(input, target, call);
        expectClose(`${x}, ${t}`, value as number, Number(expected.value), bound);
        expectClose(`slope at ${x}, ${t}`, grad.data[0], expected.grad.data[0], bound);
      }
      const { value, grad } = await named('focal')(input, target, { gamma: 1.5, reduction: 'sum' });
      expect([value, grad.data[0]]).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it.each(['crossEntropy', 'multiMargin', 'distributionFocal'] as const)(
    `%s: rows of ±100: finite, within ${bound}; NaN and ±∞ give what the reference gives`,
    async (name) => {
      for (const odd of [-100, Number.NaN, Infinity, -Infinity]) {
        const data = Float32Array.of(100, -100, odd, 100, 1, 2, 3, 4);
        const input = { data, shape: [2, 4] };
        for (const t of [0, 1, 2, 3]) {
          const target = vector(t, t);
          const { value, grad } = await named(name)(input, target, { reduction: 'none' });
          const expected = byName[name](input, target, { reduction: 'none' });
          const exact = [...(expected.value as Tensor<Float64Array>).data, ...expected.grad.data];
          [...(value as unknown as Tensor).data, ...grad.data].forEach((number, i) => {
            const what = `${odd}, ${t}, ${i}`;
            if (Number.isFinite(exact[i])) expectClose(what, number, exact[i], bound, 1e-30);
            else expect(kindOf(number), what).toBe(kindOf(exact[i]));
          });
        }
      }
    },
  );
});
