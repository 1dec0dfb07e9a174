import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const copyOf = (tensors: typeof feats) => tensors.map(({ data }) => data.slice());

describe.each(backends)('createDetectionLoss, $name', ({ config: own }) => {
  beforeAll(() => startThreads(own));
  const create = (more: Partial<DetectionLossConfig> = {}) =>
    createDetectionLoss({ ...config, ...own, ...more });

  it('total is the sum of the items times the batch', async () => {
    using criterion = await create();
    const { total, items } = await criterion.value(feats, targets);
    expectClose('total', total, 3 * (items.box + items.cls + items.dfl), 1e-15);
  });

  it('says which backend it is and on how many threads', async () => {
    using criterion = await create();
    expect(criterion.backend).toBe(own.backend);
    expect(criterion.backendReason).toMatch(/\w/);
    expect(criterion.threads).toBe(own.threads);
  });

  it('reads its inputs and writes nothing to them', async () => {
    using criterion = await create();
    const before = [copyOf(feats), structuredClone(targets)];
    await criterion.valueAndGrad(feats, targets);
    expect([copyOf(feats), targets]).toEqual(before);
  });

  it('grads have the shapes of the predictions, in fresh arrays', async () => {
    using criterion = await create();
    const { grads } = await criterion.valueAndGrad(feats, targets);
    expect(grads.map((grad) => grad.shape)).toEqual(feats.map((feat) => feat.shape));
    expect(new Set(grads.map((grad) => grad.data.buffer)).size).toBe(3);
  });

  it('out is overwritten whole and returned', async () => {
    using criterion = await create();
    const { grads } = await criterion.valueAndGrad(feats, targets);
    const out = grads.map(({ data, shape }) => ({ data: data.slice().fill(Number.NaN), shape }));
    const again = await criterion.valueAndGrad(feats, targets, { out });
    again.grads.forEach((grad, l) => {
      expect(grad.data).toBe(out[l].data);
      expect(grad.data).toEqual(grads[l].data);
    });
  });

  it('two calls give the same bits, and so does another criterion', async () => {
    using criterion = await create();
    using other = await create();
    const first = await criterion.valueAndGrad(feats, targets);
    expect(await criterion.valueAndGrad(feats, targets)).toEqual(first);
    expect(await other.valueAndGrad(feats, targets)).toEqual(first);
  });

  it('a small call after a large one gives the bits it gives alone', async () => {
    using criterion = await create();
    const few = { batchIdx: [1], cls: [2], bboxes: [0.5, 0.5, 0.3, 0.3] };
    const alone = await criterion.valueAndGrad(feats, few);
    await criterion.valueAndGrad(feats, targets);
    expect(await criterion.valueAndGrad(feats, few)).toEqual(alone);
  });

  it('calls in flight together give what each gives alone', async () => {
    using criterion = await create({
      reduceNormalizer: (sum) => new Promise((resolve) => setTimeout(resolve, 5, sum)),
    });
    const none = { batchIdx: [], cls: [], bboxes: [] };
    const alone = await criterion.valueAndGrad(feats, targets);
    const aloneNone = await criterion.valueAndGrad(feats, none);
    const together = [targets, none, targets].map((t) => criterion.valueAndGrad(feats, t));
    expect(await Promise.all(together)).toEqual([alone, aloneNone, alone]);
  });

  it('targets may come in any array-like', async () => {
    using criterion = await create();
    const expected = await criterion.value(feats, targets);
    const typed = {
      batchIdx: Uint8Array.from(targets.batchIdx),
      cls: Float32Array.from(targets.cls),
      bboxes: Float64Array.from(targets.bboxes),
    };
    expect(await criterion.value(feats, typed)).toEqual(expected);
    const bare = { ...targets, cls: { ...targets.cls, length: 9 } };
    expect(await criterion.value(feats, bare)).toEqual(expected);
  });

  it('no targets: no box or dfl loss, normalizer 1, and nothing assigned', async () => {
    using criterion = await create();
    const none = { batchIdx: [], cls: [], bboxes: [] };
    const { items, assignment, grads } = await criterion.valueAndGrad(feats, none);
    expect([items.box, items.dfl, assignment.scoresSum]).toEqual([0, 0, 0]);
    expect(items.cls).toBeGreaterThan(0);
    expect(assignment.anchor).toHaveLength(0);
    const boxChannels = grads[0].data.subarray(0, 4 * 8 * 12 * 8);
    expect(boxChannels.every((g) => g === 0)).toBe(true);
  });

  it('lists targets without an anchor by their place in the arrays given', async () => {
    using criterion = await create();
    const tiny = [0.5, 0.5, 1e-4, 1e-4];
    const far = [3, 3, 0.1, 0.1];
    const { unassigned } = await criterion.assign(feats, {
      batchIdx: [2, 0, 1],
      cls: [0, 0, 0],
      bboxes: [...tiny, ...targets.bboxes.slice(0, 4), ...far],
    });
    expect([...unassigned]).toEqual([0, 2]);
  });

  it('grids of any size and number of channels stay within WASM memory', async () => {
    const target = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
    for (const layout of ['nchw', 'nhwc'] as const) {
      for (const [numClasses, width] of [
        [1203, 5],
        [365, 15],
        [1, 1],
        [3, 61],
      ]) {
        using criterion = await create({ numClasses, layout, strides: [8] });
        const channels = 32 + numClasses;
        const shape = layout === 'nchw' ? [1, channels, width, width] : [1, width, width, channels];
        const data = new Float32Array(channels * width * width);
        const { total } = await criterion.value([{ data, shape }], target);
        expect(total).toBeGreaterThan(0);
      }
    }
  });

  it('NaN in a class logit or in a positive’s box shows in the total', async () => {
    using criterion = await create();
    const { assignment } = await criterion.value(feats, targets);
    const first = assignment.anchor.findIndex((anchor) => anchor < 96);
    const boxLogit = assignment.image[first] * 37 * 96 + assignment.anchor[first];
    for (const place of [boxLogit, 36 * 96]) {
      const data = feats[0].data.slice();
      data[place] = Number.NaN;
      const broken = [{ ...feats[0], data }, feats[1], feats[2]];
      expect((await criterion.value(broken, targets)).total).toBeNaN();
    }
  });

  it.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%d in a class logit makes the total infinite or NaN, as in PyTorch',
    async (value) => {
      using criterion = await create();
      const data = feats[0].data.slice();
      data[36 * 96] = value;
      const broken = [{ ...feats[0], data }, feats[1], feats[2]];
      expect(Number.isFinite((await criterion.value(broken, targets)).total)).toBe(false);
    },
  );

  it('checkFinite names level, image and channel', async () => {
    using criterion = await create({ checkFinite: true });
    const data = feats[1].data.slice();
    data[(2 * 37 + 33) * 24 + 5] = Number.NEGATIVE_INFINITY;
    const broken = [feats[0], { ...feats[1], data }, feats[2]];
    await expectCode(
      'NOT_FINITE',
      () => criterion.value(broken, targets),
      /feats\[1\] .*image 2, channel 33/,
    );
    await criterion.value(feats, targets);
  });
});

describe('createDetectionLoss, synchronous methods', () => {
  it('give the bits of the asynchronous ones', async () => {
    using criterion = await createDetectionLoss({ ...config, backend: 'wasm' });
    expect(criterion.valueSync(feats, targets)).toEqual(await criterion.value(feats, targets));
    expect(criterion.assignSync(feats, targets)).toEqual(await criterion.assign(feats, targets));
    const expected = await criterion.valueAndGrad(feats, targets);
    expect(criterion.valueAndGradSync(feats, targets)).toEqual(expected);
  });

  it('fail with SYNC_UNAVAILABLE where reduceNormalizer is asynchronous', async () => {
    using criterion = await createDetectionLoss({
      ...config,
      reduceNormalizer: async (sum) => sum,
    });
    await expectCode(
      'SYNC_UNAVAILABLE',
      () => criterion.valueSync(feats, targets),
      /reduceNormalizer/,
    );
  });
});
