import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLosses, type Losses } from '../../src/index.ts';
import * as reference from '../../src/reference/losses/index.ts';
import type { Tensor } from '../../src/types.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import type { AnyLoss } from '../lib/loss-backends.ts';
import type { LossName } from '../lib/loss-cases.ts';
import { normal, uniforms } from '../lib/random.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';

/** Bound of every loss: the relative error of values, and the relative L2 error of tensors. */
const BOUND = 2e-6;

/** Sizes that are larger than the part that passes through WASM memory at a time, and no multiple of it. */
const cases: {
  title: string;
  loss: LossName;
  shape: number[];
  target?: number[];
  options?: object;
}[] = [
  { title: 'mse', loss: 'mse', shape: [5, 9999] },
  {
    title: 'weights of a period',
    loss: 'bceWithLogits',
    shape: [9999, 5],
    options: { posWeight: [1, 2, 3, 4, 5] },
  },
  {
    title: 'weights longer than a part',
    loss: 'bceWithLogits',
    shape: [2, 20_011],
    options: { weight: normal({ seed: 3, mean: 3, std: 0.5 }, 20_011) },
  },
  { title: 'many rows', loss: 'crossEntropy', shape: [5003, 7], target: [5003] },
  { title: 'classes apart', loss: 'crossEntropy', shape: [2, 5, 90, 97], target: [2, 90, 97] },
  { title: 'probabilities, classes apart', loss: 'crossEntropy', shape: [2, 5, 90, 97] },
  { title: 'small blocks', loss: 'crossEntropy', shape: [501, 9, 3, 5], target: [501, 3, 5] },
  {
    title: 'more classes than a part holds',
    loss: 'crossEntropy',
    shape: [3, 20_001],
    target: [3],
  },
  { title: 'the same, apart', loss: 'crossEntropy', shape: [1, 20_001, 5], target: [1, 5] },
  { title: 'many rows', loss: 'multiMargin', shape: [5003, 7], target: [5003] },
  { title: 'rows longer than a part', loss: 'dice', shape: [3, 20_011] },
  { title: 'many short rows', loss: 'dice', shape: [20_011, 3] },
  { title: 'many rows', loss: 'distributionFocal', shape: [5003, 7], target: [5003] },
  { title: 'many boxes', loss: 'boxIou', shape: [5003, 4], options: { kind: 'ciou' } },
  { title: 'many rotated boxes', loss: 'boxIou', shape: [2503, 5], options: { kind: 'probiou' } },
];

const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

function build({
  loss,
  shape,
  target = shape,
}: (typeof cases)[number]): [Tensor, Tensor<Float32Array | Int32Array>] {
  const uniform = uniforms(shape[0]);
  const input = { data: normal({ seed: shape[0], mean: 0, std: 2 }, sizeOf(shape)), shape };
  const length = sizeOf(target);
  if (loss === 'boxIou') {
    const boxes = () => ({
      data: Float32Array.from({ length }, (_, i) => (i % shape[1] < 2 ? 0 : 3) + 3 * uniform()),
      shape,
    });
    return [boxes(), boxes()];
  }
  const classes = shape[1];
  const isIndex = target !== shape && loss !== 'distributionFocal';
  const data = isIndex
    ? Int32Array.from({ length }, () => Math.floor(classes * uniform()))
    : Float32Array.from({ length }, uniform);
  return [input, { data, shape: target }];
}

describe('larger than a part', () => {
  const all: Losses[] = [];
  beforeAll(async () => {
    for (const threads of [1, 2]) all.push(await createLosses({ backend: 'wasm', threads }));
  });
  afterAll(() => {
    expect(all.map(({ threads }) => threads)).toEqual([1, 2]);
    for (const losses of all) losses.dispose();
  });
  const named = (losses: Losses, name: LossName) => losses[name] as unknown as AnyLoss;

  it.each(cases)(`$loss, $title, $shape: within ${BOUND}`, async (problem) => {
    const { loss, options = {} } = problem;
    const [input, target] = build(problem);
    const call = { ...options, reduction: 'none' } as const;
    const { value, grad } = await named(all[0], loss)(input, target, call);
    const byName = { ...reference } as unknown as Record<
      LossName,
      (...call: unknown[]) => reference.Loss
    >;
    const expected = byName[loss](input, target, call);
    expectCloseL2(
      'values',
      (value as unknown as Tensor).data,
      (expected.value as Tensor<Float64Array>).data,
      BOUND,
    );
    expectCloseL2('grad', grad.data, expected.grad.data, BOUND);
    const { value: mean } = await named(all[0], loss)(input, target, options);
    expectClose('mean', mean as number, Number(byName[loss](input, target, options).value), BOUND);
  });

  it.each(cases)(
    '$loss, $title, $shape: two threads give the bits of one, in place or not',
    async (problem) => {
      const { loss, options } = problem;
      const [input, target] = build(problem);
      const none = { ...options, reduction: 'none' } as const;
      const [one, two] = all.map((losses) => named(losses, loss));
      const alone = bitsOf(await one(input, target, options));
      const values = bitsOf(await one(input, target, none));
      expectBits(await two(input, target, options), alone);
      expectBits(await two(input, target, none), values);

      const own = (tensor: typeof target) => {
        if (!(tensor.data instanceof Float32Array)) return tensor;
        const copy = all[1].allocate(tensor.shape);
        copy.data.set(tensor.data);
        return copy;
      };
      const out = all[1].allocate(input.shape);
      out.data.fill(Number.NaN);
      for (const [x, t, o] of [
        [own(input), own(target), out],
        [own(input), target, undefined],
        [input, own(target), out],
      ] as const) {
        expectBits(await two(x, t, { ...options, out: o }), alone);
      }
    },
  );

  it('in place, nothing behind a tensor is written', async () => {
    const block = all[1].allocate([64]);
    for (const length of [1, 2, 3, 5, 7]) {
      block.data.fill(-7);
      const part = (start: number) => ({
        data: block.data.subarray(start, start + length),
        shape: [length],
      });
      const out = part(40);
      await all[1].mse({ ...part(0), data: part(0).data.fill(1) }, part(20), { out });
      expect([...block.data.subarray(40 + length)].every((n) => n === -7)).toBe(true);
      expect([...out.data].every((n) => n !== -7)).toBe(true);
    }
  });
});
