import { describe, expect, it } from 'vitest';
import { createLosses } from '../../../src/index.ts';
import { expectCode } from '../../lib/expect-code.ts';
import { create, feats, restoresAll, THREADS, targets } from '../../lib/lease-problem.ts';
import { bitsOf, expectBits } from '../../lib/same-bits.ts';

restoresAll();

describe('allocate', () => {
  it('gives tensors of zeros, each its own, also where memory that was given back is used again', async () => {
    using keeper = await create();
    for (let round = 0; round < 3; round++) {
      using criterion = await create();
      const tensors = [1, 7, 20, 20, 300_000].map((length) => criterion.allocate([length]));
      for (const { data } of tensors) {
        expect(data.every((value) => value === 0)).toBe(true);
        data.fill(data.length + round);
      }
      // Neither scratch of calls nor growing memory changes them
      keeper.valueAndGradSync(feats, targets);
      keeper.allocate([1_000_000]);
      for (const { data } of tensors) {
        expect(data.every((value) => value === data.length + round)).toBe(true);
      }
    }
  });

  it('out in its memory that is no tensor of it: OUT_ALIASES_INPUT, and the next call has the same bits', async () => {
    using criterion = await create();
    using losses = await createLosses({ backend: 'wasm', threads: THREADS });
    const expected = bitsOf(criterion.valueAndGradSync(feats, targets));
    const [tensor, of] = [criterion.allocate(feats[0].shape), losses.allocate([8])];
    const others = feats.slice(1).map(({ data, shape }) => ({ data: data.slice(), shape }));
    // V8 gives every shared memory a new buffer object when any of them grows
    losses.allocate([1_000_000]);
    const late = criterion.allocate([1]).data;
    // Two arrays lie over the kernels' tables, one begins in the middle of a tensor
    for (const [{ buffer }, start] of [
      [tensor.data, 0],
      [tensor.data, tensor.data.byteOffset + 64],
      [late, 0],
    ] as const) {
      const data = new Float32Array(buffer, start, tensor.data.length);
      const out = [{ ...tensor, data }, ...others];
      await expectCode(
        'OUT_ALIASES_INPUT',
        () => criterion.valueAndGrad(feats, targets, { out }),
        /out\[0\].*`allocate`/,
      );
    }
    const [input, target] = [0, 1].map((fill) => ({
      data: new Float32Array(8).fill(fill),
      shape: [8],
    }));
    const out = { data: new Float32Array(of.data.buffer, 0, 8), shape: [8] };
    await expectCode('OUT_ALIASES_INPUT', () => losses.mse(input, target, { out }), /mse: out/);
    expect((await losses.mse(input, target)).value).toBe(1);
    const part = { ...tensor, data: tensor.data.subarray(0) };
    expectBits(criterion.valueAndGradSync(feats, targets, { out: [part, ...others] }), expected);
  });

  it('uses what was given back for tensors of other sizes', async () => {
    using keeper = await create();
    const startOf = () => keeper.allocate([1]).data.byteOffset;
    const first = startOf();
    for (let length = 1000; length < 500_000; length = Math.floor(length * 1.7)) {
      using criterion = await create();
      criterion.allocate([length]);
      criterion.allocate([2 * length]);
    }
    expect((startOf() - first) / 2 ** 20).toBeLessThan(8);
  });

  it('beyond 2 GiB of memory: the same bits, in tensors of its own and in ordinary ones', async () => {
    using criterion = await create();
    const whole = await criterion.valueAndGrad(feats, targets);
    criterion.allocate([2 ** 29]);
    expect(await criterion.valueAndGrad(feats, targets)).toEqual(whole);
    const own = feats.map(({ data, shape }) => {
      const tensor = criterion.allocate(shape);
      tensor.data.set(data);
      return tensor;
    });
    const out = feats.map(({ shape }) => criterion.allocate(shape));
    expect(own[0].data.byteOffset).toBeGreaterThan(2 ** 31);
    expect(await criterion.valueAndGrad(own, targets, { out })).toEqual(whole);
  });

  it('gives the shape asked for, a copy', async () => {
    using criterion = await create();
    const shape = [2, 3, 4, 5];
    const tensor = criterion.allocate(shape);
    expect(tensor.shape).toEqual(shape);
    expect(tensor.shape).not.toBe(shape);
    expect(tensor.data.length).toBe(120);
  });

  it('tensors without axes, and without elements, are tensors too', async () => {
    using criterion = await create();
    expect(criterion.allocate([]).data.length).toBe(1);
    expect(criterion.allocate([0, 4])).toEqual({ data: new Float32Array(0), shape: [0, 4] });
  });

  it.each([[[2.5]], [[-1]], [['3']], [[2 ** 20, 2 ** 20]], [7], [undefined]])(
    '%j: ShapeError TENSOR_SHAPE',
    async (shape) => {
      using criterion = await create();
      await expectCode(
        'TENSOR_SHAPE',
        () => criterion.allocate(shape as number[]),
        /^allocate: shape/,
      );
    },
  );

  it.each([1, THREADS])('after dispose, of %d threads: DISPOSED', async (threads) => {
    const criterion = await create(threads);
    criterion.dispose();
    await expectCode('DISPOSED', () => criterion.allocate([1]), /^allocate: /);
  });
});
