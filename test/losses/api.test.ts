import { describe, expect, it } from 'vitest';
import { createDetectionLoss, createLosses } from '../../src/index.ts';
import * as reference from '../../src/reference/losses/index.ts';
import type { Tensor } from '../../src/types.ts';
import { builds } from '../lib/builds.ts';
import { expectClose } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { lossBackends, useLosses } from '../lib/loss-backends.ts';
import { type LossName, lossNames } from '../lib/loss-cases.ts';
import { uniforms } from '../lib/random.ts';

const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const uniform = uniforms(1);
const random = (...shape: number[]): Tensor => ({
  data: Float32Array.from({ length: sizeOf(shape) }, uniform),
  shape,
});
/** An ordinary call of each loss: 6 rows of 4. */
const ordinary = (name: LossName): [Tensor, Tensor<ArrayLike<number>>] => {
  if (name === 'crossEntropy' || name === 'multiMargin') {
    return [random(6, 4), { data: [0, 1, 2, 3, 0, 1], shape: [6] }];
  }
  if (name === 'distributionFocal') return [random(6, 4), random(6)];
  if (name === 'hinge' || name === 'squaredHinge') {
    const { data, shape } = random(6, 4);
    return [random(6, 4), { data: data.map((x) => (x < 0.5 ? -1 : 1)), shape }];
  }
  if (name !== 'boxIou') return [random(6, 4), random(6, 4)];
  const boxes = () => {
    const { data, shape } = random(6, 4);
    return { data: data.map((x, i) => (i % 4 < 2 ? x : x + 1)), shape };
  };
  return [boxes(), boxes()];
};

describe.each(lossBackends)('$name: createLosses', ({ config, bound }) => {
  /** Largest relative error of a float64 value that is rounded once. */
  const rounding = config.backend === 'wasm' ? 6e-8 : bound;
  const named = useLosses(config);

  it.each(lossNames)('%s: reads its arguments and writes nothing to them', async (name) => {
    const [input, target] = ordinary(name);
    const before = [input.data.slice(), Array.from(target.data)];
    await named(name)(input, target);
    expect([input.data, Array.from(target.data)]).toEqual(before);
  });

  it.each(lossNames)('%s: mean is the default; none is a tensor whose sum is sum', async (name) => {
    const [input, target] = ordinary(name);
    const results = await Promise.all(
      (['none', 'sum', 'mean'] as const).map((reduction) =>
        named(name)(input, target, { reduction }),
      ),
    );
    const [none, sum, mean] = results;
    const { data, shape } = none.value as unknown as Tensor;
    expect(data).toBeInstanceOf(Float32Array);
    expect(data.length).toBe(sizeOf(shape));
    // Values are rounded to float32, their sum is not
    const total = data.reduce((a, b) => a + b, 0);
    expectClose('sum', sum.value as number, total, rounding);
    expectClose('mean', mean.value as number, (sum.value as number) / data.length, 1e-15);
    expect(none.grad).toEqual(sum.grad);
    expect(await named(name)(input, target)).toEqual(mean);
    expect(mean.grad.shape).toEqual(input.shape);
  });

  it.each(lossNames)(
    '%s: out is overwritten whole, returned, and holds the same bits',
    async (name) => {
      const [input, target] = ordinary(name);
      const { grad } = await named(name)(input, target);
      const out = { data: new Float32Array(24).fill(Number.NaN), shape: [6, 4] };
      const again = await named(name)(input, target, { out });
      expect(again.grad.data).toBe(out.data);
      expect(again.grad).toEqual(grad);
    },
  );

  it.each(lossNames)(
    '%s: no element gives an empty tensor, sum 0, mean NaN as in PyTorch',
    async (name) => {
      const rows = ['crossEntropy', 'multiMargin', 'distributionFocal'].includes(name);
      const input = { data: new Float32Array(0), shape: [0, 4] };
      const target = { data: new Float32Array(0), shape: rows ? [0] : [0, 4] };
      const run = async (reduction: 'none' | 'mean' | 'sum') =>
        named(name)(input, target, { reduction });
      const none = await run('none');
      expect((none.value as unknown as Tensor).data.length).toBe(0);
      expect(none.grad).toEqual(input);
      expect([(await run('sum')).value, (await run('mean')).value]).toEqual([0, Number.NaN]);
    },
  );

  it.each([[[]], [[5]], [[2, 3]], [[2, 3, 4]], [[2, 1, 3, 2]], [[2, 2, 1, 3, 2]]])(
    'bceWithLogits of shape %j: value and gradient have it',
    async (shape) => {
      const [input, target] = [random(...shape), random(...shape)];
      const { value, grad } = await named('bceWithLogits')(input, target, { reduction: 'none' });
      const expected = reference.bceWithLogits(input, target, { reduction: 'none' });
      const { data, shape: own } = value as unknown as Tensor;
      expect([own, grad.shape]).toEqual([shape, shape]);
      data.forEach((number, i) => {
        const exact = (expected.value as Tensor<Float64Array>).data[i];
        expectClose('value', number, exact, rounding);
      });
    },
  );

  it('crossEntropy of a vector takes an index without an axis', async () => {
    const input = random(4);
    const { value } = await named('crossEntropy')(input, { data: [2], shape: [] });
    const expected = reference.crossEntropy(input, { data: [2], shape: [] });
    expectClose(
      'value',
      value as number,
      Number(expected.value),
      config.backend === 'wasm' ? 1e-9 : bound,
    );
  });

  it('all rows ignored: mean NaN, gradient 0', async () => {
    const target = { data: [-100, -100], shape: [2] };
    const { value, grad } = await named('crossEntropy')(random(2, 3), target);
    expect(value).toBeNaN();
    expect([...grad.data]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('dice of a vector is one row, and all of [N, …] behind N belongs to a row', async () => {
    const [input, target] = [random(2, 3, 4), random(2, 3, 4)];
    const shapes: number[][] = [];
    for (const shape of [[24], [2, 12], [2, 3, 4]]) {
      const [x, t] = [input, target].map(({ data }) => ({ data, shape }));
      const { value } = await named('dice')(x, t, { reduction: 'none' });
      shapes.push([...(value as unknown as Tensor).shape]);
    }
    expect(shapes).toEqual([[1], [2], [2]]);
  });

  it('calls in flight together give what each gives alone', async () => {
    const [input, target] = ordinary('mse');
    const alone = await named('mse')(input, target);
    const other = await named('focal')(input, target);
    const calls = [named('mse'), named('focal'), named('mse')].map((loss) => loss(input, target));
    expect(await Promise.all(calls)).toEqual([alone, other, alone]);
  });

  it('methods may be taken out of the object', async () => {
    using losses = await createLosses(config);
    const { mse } = losses;
    const { value } = await mse(random(3), random(3));
    expect(value).toBeGreaterThan(0);
  });

  it('after dispose every call is an error, DISPOSED; twice is fine', async () => {
    const losses = await createLosses(config);
    losses.dispose();
    losses[Symbol.dispose]();
    expect(losses.threads).toBe(1);
    await expectCode('DISPOSED', () => losses.mse(random(1), random(1)), /^mse: /);
    await expectCode('DISPOSED', () => losses.allocate([1]), /^allocate: /);
  });

  it('goes on when a criterion beside it is gone', async () => {
    const criterion = await createDetectionLoss({ numClasses: 1, ...config });
    using losses = await createLosses(config);
    criterion.dispose();
    expect((await losses.l1(random(2), random(2))).value).toBeGreaterThan(0);
  });
});

describe('createLosses', () => {
  it('without options: WASM where there is no GPU but software', async () => {
    using losses = await createLosses();
    expect([losses.backend, losses.backendReason]).toEqual([
      'wasm',
      expect.stringMatching(/no GPU/),
    ]);
  });

  it('webgpu without a device: one of its own, which ends with the losses', async () => {
    const losses = await createLosses({ backend: 'webgpu' });
    expect([losses.backend, losses.threads]).toEqual(['webgpu', 1]);
    expect(losses.backendReason).toMatch(/was asked for, on/);
    expect((await losses.mse(random(2), random(2))).value).toBeGreaterThan(0);
    losses.dispose();
  });

  it.each([
    ['UNKNOWN_OPTION', /^createLosses: unknown option thread; known are backend/, { thread: 2 }],
    ['INVALID_OPTION', /^createLosses: threads needs 'auto' or an integer/, { threads: 0 }],
    ['INVALID_OPTION', /^createLosses: backend needs one of/, { backend: 'cuda' }],
    ['WASM_LOAD', /^createLosses: wasm could not be loaded/, { wasm: Uint8Array.of(1, 2, 3) }],
    [
      'WASM_LOAD',
      /^createLosses: wasm needs detloss\/losses\.wasm of this/,
      { wasm: builds[0].wasm },
    ],
  ] as const)('%s: %s', (code, message, config) =>
    expectCode(code, () => createLosses(config as object), message),
  );
});
