import { beforeAll, describe, expect, it } from 'vitest';
import {
  createClassificationLoss,
  createDetectionLoss,
  createLosses,
  createOrientedLoss,
  createPoseLoss,
  type DetectionLossConfig,
} from '../../src/index.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectCode } from '../lib/expect-code.ts';
import { toNhwc } from '../lib/layout.ts';
import { ordinaryProblem } from '../lib/problem.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';

const { config, feats, targets } = ordinaryProblem();
const fresh = () => feats.map(({ data, shape }) => ({ data: data.slice().fill(7), shape }));
/** Options that change a criterion's numbers. */
const OPTIONS: Partial<DetectionLossConfig>[] = [
  {},
  { iou: 'giou' },
  { classification: 'focal' },
  { layout: 'nhwc' },
];

describe.each(backends)('overlapping calls, $name', ({ config: own }) => {
  beforeAll(() => startThreads(own));
  const create = (more: Partial<DetectionLossConfig> = {}) =>
    createDetectionLoss({ ...config, ...own, ...more });

  it('two with an out each: each its own bits', async () => {
    using criterion = await create();
    const few = { batchIdx: [1], cls: [2], bboxes: [0.5, 0.5, 0.3, 0.3] };
    const alone = [targets, few].map(async (t) => bitsOf(await criterion.valueAndGrad(feats, t)));
    const expected = await Promise.all(alone);
    const outs = [fresh(), fresh()];
    const calls = [targets, few].map((t, i) => criterion.valueAndGrad(feats, t, { out: outs[i] }));
    (await Promise.all(calls)).forEach((result, i) => {
      expect(result.grads[0].data).toBe(outs[i][0].data);
      expectBits(result, expected[i]);
    });
  });

  it('two with one out: the second is OUT_ALIASES_INPUT, the first has its bits; then out is free', async () => {
    using criterion = await create();
    const expected = bitsOf(await criterion.valueAndGrad(feats, targets));
    const out = fresh();
    const first = criterion.valueAndGrad(feats, targets, { out });
    const second = criterion.valueAndGrad(feats, targets, { out: [out[0], ...fresh().slice(1)] });
    await expectCode('OUT_ALIASES_INPUT', () => second, /^valueAndGrad: out\[0\] .* another call/);
    expectBits(await first, expected);
    expectBits(await criterion.valueAndGrad(feats, targets, { out }), expected);
  });

  it('criteria of different options at once: each its own bits', async () => {
    const criteria = await Promise.all(OPTIONS.map(create));
    const inputs = OPTIONS.map(({ layout }) => (layout === 'nhwc' ? feats.map(toNhwc) : feats));
    const call = (i: number) => criteria[i].valueAndGrad(inputs[i], targets);
    const expected: ReturnType<typeof bitsOf>[] = [];
    for (const i of criteria.keys()) expected.push(bitsOf(await call(i)));
    const together = await Promise.all([...criteria.keys(), ...criteria.keys()].map(call));
    together.forEach((result, i) => {
      expectBits(result, expected[i % criteria.length]);
    });
    expect(new Set(expected.map(({ 'result.total': total }) => `${total}`)).size).toBe(
      OPTIONS.length,
    );
    for (const criterion of criteria) criterion.dispose();
  });

  it('a dispose in the middle of one: DISPOSED, and another criterion’s call has its bits', async () => {
    using other = await create();
    const expected = bitsOf(await other.valueAndGrad(feats, targets));
    const criterion = await create({
      reduceNormalizer: (sum) => new Promise((resolve) => setTimeout(resolve, 1, sum)),
    });
    const calls = [criterion.valueAndGrad(feats, targets), other.valueAndGrad(feats, targets)];
    criterion.dispose();
    await expectCode('DISPOSED', () => calls[0]);
    expectBits(await calls[1], expected);
    expectBits(await other.valueAndGrad(feats, targets), expected);
  });
});

describe('64 criteria of several tasks', () => {
  it('at once, and the last of them alone: the bits that each has alone', async () => {
    const tensor = (...shape: number[]) => ({
      data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.1),
      shape,
    });
    const x = tensor(3, 7);
    const angled = { ...targets, bboxes: [0.5, 0.5, 0.4, 0.3, 0.2] };
    const makers = [
      async () => {
        const criterion = await createDetectionLoss({ ...config, backend: 'wasm' });
        return { criterion, call: () => criterion.valueAndGrad(feats, targets) };
      },
      async () => {
        const criterion = await createPoseLoss({
          ...config,
          keypointShape: [2, 2],
          backend: 'wasm',
        });
        const keypoints = tensor(targets.cls.length, 2, 2);
        const predictions = { feats, keypoints: tensor(3, 4, 126) };
        return {
          criterion,
          call: () => criterion.valueAndGrad(predictions, { ...targets, keypoints }),
        };
      },
      async () => {
        const criterion = await createOrientedLoss(config);
        const predictions = { feats, angles: tensor(3, 1, 126) };
        const one = { ...angled, batchIdx: [1], cls: [1] };
        return { criterion, call: () => criterion.valueAndGrad(predictions, one) };
      },
      async () => {
        const criterion = await createClassificationLoss({ numClasses: 7 });
        return { criterion, call: () => criterion.valueAndGrad({ logits: x }, { cls: [6, 0, 3] }) };
      },
      async () => {
        const criterion = await createLosses({ backend: 'wasm' });
        return { criterion, call: () => criterion.mse(x, tensor(3, 7)) };
      },
    ];
    const made = await Promise.all(
      Array.from({ length: 64 }, (_, i) => makers[i % makers.length]()),
    );
    const expected: ReturnType<typeof bitsOf>[] = [];
    for (const { call } of made.slice(0, makers.length)) expected.push(bitsOf(await call()));
    const results = await Promise.all(made.map(({ call }) => call()));
    results.forEach((result, i) => {
      expectBits(result, expected[i % makers.length]);
    });
    for (const { criterion } of made.slice(0, -1)) criterion.dispose();
    expectBits(await made[63].call(), expected[63 % makers.length]);
    made[63].criterion.dispose();
  });
});
