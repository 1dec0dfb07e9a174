import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig, type Tensor } from '../../src/index.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();

/** Targets with weights, two of 0, and one ignore region. */
const weighted = {
  ...targets,
  weights: targets.batchIdx.map((_, n) => (n % 4) / 2),
  ignore: targets.batchIdx.map((_, n) => Number(n === 5)),
};

describe.each(backends)('reduceNormalizer and dispose, $name', ({ config: own, bound }) => {
  beforeAll(() => startThreads(own));
  const create = (more: Partial<DetectionLossConfig> = {}) =>
    createDetectionLoss({ ...config, ...own, ...more });

  it(`shards with reduceNormalizer add up to the whole batch, within ${bound}`, async () => {
    using criterion = await create();
    const whole = await criterion.valueAndGrad(feats, weighted);
    const shards = [[0, 2], [1]].map((images) => shardOf(images));
    const globalSum = Promise.all(
      shards.map(async (shard) => (await criterion.assign(shard.feats, shard.targets)).scoresSum),
    ).then((sums) => sums.reduce((a, b) => a + b));
    using sharded = await create({ reduceNormalizer: () => globalSum });
    let total = 0;
    for (const { images, feats: own, targets: ownTargets } of shards) {
      const part = await sharded.valueAndGrad(own, ownTargets);
      // A shard's total counts its own images; 3 / images of it are the whole batch's.
      const factor = 3 / images.length;
      total += part.total * factor;
      part.grads.forEach(({ data }, l) => {
        const expected = images.flatMap((b) => [...imageOf(whole.grads[l].data, b)]);
        expectCloseL2(
          `grads[${l}]`,
          data.map((g) => g * factor),
          expected,
          bound,
        );
      });
    }
    expectClose('total', total, whole.total, bound);
  });

  it('a normalizer below 1 counts as 1', async () => {
    using small = await create({ reduceNormalizer: () => 0.01 });
    using one = await create({ reduceNormalizer: async () => 1 });
    expect(await small.value(feats, targets)).toEqual(await one.value(feats, targets));
  });

  it('a reduceNormalizer that throws leaves out untouched', async () => {
    using broken = await create({
      reduceNormalizer: () => Promise.reject(new Error('all-reduce broke')),
    });
    const out = filled(7);
    await expect(broken.valueAndGrad(feats, targets, { out })).rejects.toThrow('all-reduce broke');
    expectFilled(out, 7);
  });

  it.each(['much', undefined, -1, Infinity, -Infinity])(
    'a reduceNormalizer that gives %s: NORMALIZER, out untouched',
    async (sum) => {
      using wrong = await create({ reduceNormalizer: () => sum as number });
      const out = filled(7);
      await expectCode('NORMALIZER', () => wrong.valueAndGrad(feats, targets, { out }));
      expectFilled(out, 7);
    },
  );

  it('a NaN of another shard shows in the loss', async () => {
    using criterion = await create({ reduceNormalizer: () => Number.NaN });
    expect((await criterion.value(feats, targets)).total).toBeNaN();
  });

  it.each(['feats', 'out'])(
    '%s detached while the call waits: nothing is written',
    async (which) => {
      const own = feats.map(({ data, shape }) => ({ data: data.slice(), shape }));
      const out = filled(7);
      const { buffer } = (which === 'feats' ? own : out)[1].data;
      using criterion = await create({
        reduceNormalizer: async (sum) => {
          structuredClone(buffer, { transfer: [buffer] });
          return sum;
        },
      });
      const call = () => criterion.valueAndGrad(own, targets, { out });
      await expectCode('TENSOR_LENGTH', call, new RegExp(`${which}\\[1\\]`));
      expectFilled([out[0], out[2]], 7);
    },
  );

  it('dispose ends a call whose reduceNormalizer never answers', async () => {
    const criterion = await create({ reduceNormalizer: () => new Promise<number>(() => {}) });
    const inFlight = criterion.value(feats, targets);
    criterion.dispose();
    await expectCode('DISPOSED', () => inFlight, /^value: /);
  });

  it('after dispose every method fails with DISPOSED, also a call in flight', async () => {
    let release = (_: number) => {};
    const criterion = await create({
      reduceNormalizer: () => new Promise<number>((resolve) => (release = resolve)),
    });
    const inFlight = criterion.valueAndGrad(feats, targets);
    criterion.dispose();
    criterion[Symbol.dispose]();
    release(1);
    await expectCode('DISPOSED', () => inFlight);
    for (const method of ['value', 'valueAndGrad', 'assign'] as const) {
      await expectCode('DISPOSED', () => criterion[method](feats, targets), new RegExp(method));
      await expectCode('DISPOSED', () => criterion[`${method}Sync`](feats, targets));
    }
  });
});

/** Gradients to overwrite, all of one value. */
function filled(value: number) {
  return feats.map(({ data, shape }) => ({ data: data.slice().fill(value), shape }));
}

function expectFilled(tensors: readonly Tensor[], value: number) {
  expect(tensors.every(({ data }) => data.every((element) => element === value))).toBe(true);
}

/** The predictions and targets of some images, renumbered from 0. */
function shardOf(images: number[]) {
  const rows = targets.batchIdx
    .map((_, i) => i)
    .filter((i) => images.includes(targets.batchIdx[i]));
  return {
    images,
    feats: feats.map(({ data, shape }) => ({
      data: Float32Array.from(images.flatMap((b) => [...imageOf(data, b)])),
      shape: [images.length, ...shape.slice(1)],
    })),
    targets: {
      batchIdx: rows.map((i) => images.indexOf(targets.batchIdx[i])),
      cls: rows.map((i) => targets.cls[i]),
      bboxes: rows.flatMap((i) => targets.bboxes.slice(4 * i, 4 * i + 4)),
      weights: rows.map((i) => weighted.weights[i]),
      ignore: rows.map((i) => weighted.ignore[i]),
    },
  };
}

function imageOf(data: Float32Array, image: number): Float32Array {
  const size = data.length / 3;
  return data.subarray(image * size, (image + 1) * size);
}
