import { describe, expect, it } from 'vitest';
import {
  createDetectionLoss,
  createDualLoss,
  createOrientedLoss,
  createPoseLoss,
  type DualLossConfig,
  headWeights,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';
import { copyTensors, tensorsOf } from '../lib/tensors.ts';

const { config: ordinary, feats, targets } = ordinaryProblem();
const config = { numClasses: ordinary.numClasses, regMax: ordinary.regMax };
const other = feats.map(({ data, shape }) => ({ data: data.map((x) => x / 2), shape }));
const predictions = { oneToMany: feats, oneToOne: other };
const create = (more: Partial<DualLossConfig> = {}) =>
  createDualLoss({ ...config, backend: 'wasm', ...more });

describe('createDualLoss', () => {
  it("with '8.3' is the sum of two detection losses, with topk 10 and 1, to the bit", async () => {
    const own = { ...config, backend: 'wasm', reference: '8.3' } as const;
    using dual = await createDualLoss(own);
    using many = await createDetectionLoss({ ...own, assigner: { topk: 10 } });
    using one = await createDetectionLoss({ ...own, assigner: { topk: 1 } });
    const { grads, items, assignment } = dual.valueAndGradSync(predictions, targets);
    const [a, b] = [many.valueAndGradSync(feats, targets), one.valueAndGradSync(other, targets)];
    expect(grads).toEqual({ oneToMany: a.grads, oneToOne: b.grads });
    expect(assignment).toEqual({ oneToMany: a.assignment, oneToOne: b.assignment });
    for (const item of ['box', 'cls', 'dfl'] as const) {
      expect(items[item]).toBe(a.items[item] + b.items[item]);
    }
  });

  it('is the weighted sum of two losses, with topk 10, and 7 of which 1 is kept', async () => {
    using dual = await create();
    using many = await createDetectionLoss({ ...config, backend: 'wasm' });
    const assigner = { topk: 7, topk2: 1 };
    using one = await createDetectionLoss({ ...config, backend: 'wasm', assigner });
    const [a, b] = [many.valueSync(feats, targets), one.valueSync(other, targets)];
    const { total, items, heads } = dual.valueSync(predictions, targets);
    expect(items).toEqual(b.items);
    expect(heads).toEqual({
      oneToMany: { total: a.total, items: a.items },
      oneToOne: { total: b.total, items: b.items },
    });
    const [ofMany, ofOne] = headWeights(0, 100);
    expect(total).toBe(ofMany * a.total + ofOne * b.total);
  });

  it('head weights of a call replace those of the factory, also 0', async () => {
    using dual = await create({ headWeights: [0.5, 2] });
    const { heads, total, grads } = dual.valueAndGradSync(predictions, targets);
    expect(total).toBe(0.5 * heads.oneToMany.total + 2 * heads.oneToOne.total);
    const changed = dual.valueAndGradSync(predictions, targets, { headWeights: [0.25, 0] });
    expect(changed.heads).toEqual(heads);
    expect(changed.total).toBe(0.25 * heads.oneToMany.total);
    expect(changed.grads.oneToMany[1].data).toEqual(grads.oneToMany[1].data.map((x) => x / 2));
    expect(changed.grads.oneToOne[1].data.every((x) => x === 0)).toBe(true);
    const { total: alone } = dual.valueSync(predictions, targets, { headWeights: [0, 1] });
    expect(alone).toBe(heads.oneToOne.total);
    // A later call has the factory's again
    expect((await dual.value(predictions, targets)).total).toBe(total);
  });

  it('shared parts and other tasks: each head is a loss of the task', async () => {
    const own = { ...config, backend: 'wasm' } as const;
    const angles = (angle: number) => ({
      data: new Float32Array(3 * 126).fill(angle),
      shape: [3, 1, 126],
    });
    const bboxes = targets.batchIdx.flatMap((_, n) => [
      ...targets.bboxes.slice(4 * n, 4 * n + 4),
      n / 5,
    ]);
    const rotated = { ...targets, bboxes };
    const given = {
      oneToMany: { feats, angles: angles(0.3) },
      oneToOne: { feats: other, angles: angles(-1) },
    };
    using dual = await createDualLoss({ ...own, task: 'oriented' });
    using many = await createOrientedLoss(own);
    using one = await createOrientedLoss({ ...own, assigner: { topk: 7, topk2: 1 } });
    const { heads, items, grads } = dual.valueAndGradSync(given, rotated);
    expect(heads.oneToMany.items).toEqual(many.valueSync(given.oneToMany, rotated).items);
    expect(items).toEqual(one.valueSync(given.oneToOne, rotated).items);
    expect(items.angle).toBeGreaterThan(0);
    expect(grads.oneToOne.angles.shape).toEqual([3, 1, 126]);
  });

  it('a part that heads share, in a head: TENSOR_TYPE', async () => {
    const { predictions: all, targets: posed } = poseProblem();
    const { flow, oneToMany, oneToOne } = all;
    const own = { ...config, backend: 'wasm', keypointShape: [2, 3], head: '26' } as const;
    using dual = await createDualLoss({ ...own, task: 'pose' });
    const misplaced = { oneToMany: { ...oneToMany, flow }, oneToOne };
    const message =
      /value: oneToMany has the unknown part flow; known are feats, keypoints, sigmas$/;
    await expectCode('TENSOR_TYPE', () => dual.value(misplaced as never, posed), message);
  });

  it("a pose head without sigmas leaves the flow's gradient to the other", async () => {
    const own = { ...config, backend: 'wasm', keypointShape: [2, 3], head: '26' } as const;
    const { predictions: all, targets: posed } = poseProblem();
    const { flow, oneToMany, oneToOne } = all;
    const { sigmas: _, ...less } = oneToMany;
    using dual = await createDualLoss({ ...own, task: 'pose' });
    using one = await createPoseLoss({ ...own, assigner: { topk: 7, topk2: 1 } });
    const weights = { headWeights: [2, 1] } as const;
    const { grads } = dual.valueAndGradSync({ oneToMany: less, oneToOne, flow }, posed, weights);
    const alone = one.valueAndGradSync({ ...oneToOne, flow }, posed);
    expect(alone.items.rle).toBeGreaterThan(0);
    expect(grads.flow).toEqual(alone.grads.flow);
    expect(Object.keys(grads.oneToMany)).toEqual(['feats', 'keypoints']);
  });

  it.each([
    [-1, 10, /an epoch of at least 0.*got -1 and 10/],
    [0, 0, /got 0 and 0/],
    [Number.NaN, 10, /got NaN and 10/],
    ['3', 10, /got '3' and 10/],
    [0, undefined, /got 0 and undefined/],
  ])('headWeights(%j, %j): ConfigError', async (epoch, epochs, message) => {
    const call = () => headWeights(epoch as number, epochs as number);
    await expectCode('INVALID_OPTION', call, message);
  });

  it.each([
    ['one number', 1, /headWeights needs 2 finite numbers of at least 0.*got 1/],
    ['three', [1, 1, 1], /got \[1, 1, 1\]/],
    ['a negative one', [1, -1], /got \[1, -1\]/],
    ['NaN', [1, Number.NaN], /got \[1, NaN\]/],
  ])('headWeights, %s: ConfigError', async (_, given, message) => {
    const weights = { headWeights: given } as never;
    await expectCode('INVALID_OPTION', () => create(weights), message);
    using dual = await create();
    const calls = [
      () => dual.value(predictions, targets, weights),
      () => dual.valueAndGrad(predictions, targets, weights),
    ];
    for (const call of calls) await expectCode('INVALID_OPTION', call, message);
    const misspelt = { headWeight: [1, 1] } as object;
    const known = /unknown option headWeight; known are headWeights/;
    await expectCode('UNKNOWN_OPTION', () => dual.value(predictions, targets, misspelt), known);
  });

  it('an unknown task, an option of another task, a missing head: errors', async () => {
    const config = (more: object) => more as never;
    const tasks = /task needs one of 'detection', 'segmentation', 'pose', 'oriented', got 'obb'/;
    await expectCode('INVALID_OPTION', () => create(config({ task: 'obb' })), tasks);
    const own = { distances: 'rotated' };
    await expectCode('UNKNOWN_OPTION', () => create(config(own)), /distances; known are/);
    await expectCode(
      'INVALID_OPTION',
      () => createDualLoss(null as never),
      /config needs an object/,
    );
    using dual = await create();
    const call = (given: object) => () => dual.value(given as never, targets);
    const both = /predictions needs \{ oneToMany, oneToOne \}, got .* without oneToOne/;
    await expectCode('TENSOR_TYPE', call({ oneToMany: feats }), both);
    const levels = /oneToOne needs 3 tensors, one per stride, got 2 levels/;
    const fewer = { oneToMany: feats, oneToOne: other.slice(1) };
    await expectCode('LEVEL_COUNT', call(fewer), levels);
  });

  it('topk of each head is an option', async () => {
    using dual = await create({ assigner: { topk: [3, 2], beta: 1 } });
    using one = await createDetectionLoss({
      ...config,
      assigner: { topk: 2, topk2: 1, beta: 1 },
    });
    const { oneToOne } = dual.assignSync(predictions, targets);
    expect(oneToOne).toEqual(await one.assign(other, targets));
  });

  it.each([
    [
      10,
      'INVALID_OPTION',
      /assigner\.topk needs an array of 2 integers from 1 to 2147483647, got 10/,
    ],
    [[10], 'INVALID_OPTION', /got \[10\]/],
    [[10, 0], 'INVALID_OPTION', /got \[10, 0\]/],
  ] as const)('topk %s: ConfigError %s', async (topk, code, message) => {
    const assigner = { topk } as unknown as DualLossConfig['assigner'];
    await expectCode(code, () => create({ assigner }), message);
  });

  it('heads of other batches: TENSOR_SHAPE', async () => {
    using dual = await create();
    const fewer = other.map(({ data, shape: [, ...rest] }) => ({
      data: data.subarray(0, (2 * data.length) / 3),
      shape: [2, ...rest],
    }));
    const call = () => dual.value({ oneToMany: feats, oneToOne: fewer }, targets);
    await expectCode(
      'TENSOR_SHAPE',
      call,
      /oneToOne\[0\] needs 3 images of .* px as oneToMany\[0\] has/,
    );
  });

  it('reduceNormalizer is asked for each head, and where it fails nothing is written', async () => {
    const sums: number[] = [];
    using dual = await create({
      reduceNormalizer: (sum) => {
        sums.push(sum);
        if (sums.length === 4) throw new Error('all-reduce broke');
        return sum;
      },
    });
    const { assignment } = dual.valueSync(predictions, targets);
    expect(sums).toEqual([assignment.oneToMany.scoresSum, assignment.oneToOne.scoresSum]);
    const out = copyTensors(predictions, 7);
    expect(() => dual.valueAndGradSync(predictions, targets, { out })).toThrow('all-reduce broke');
    for (const { data } of Object.values(tensorsOf(out))) expect(data).toEqual(data.map(() => 7));
  });

  it.each(['oneToMany', 'oneToOne'] as const)(
    '%s detached while the call waits: TENSOR_LENGTH names it',
    async (head) => {
      const own = copyTensors(predictions);
      const { buffer } = own[head][1].data;
      using dual = await create({
        reduceNormalizer: async (sum) => {
          if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
          return sum;
        },
      });
      const call = () => dual.valueAndGrad(own, targets);
      await expectCode('TENSOR_LENGTH', call, new RegExp(`${head}\\[1\\]`));
    },
  );
});

/** Heads of poses of two keypoints. */
function poseProblem() {
  const wave = (factor: number, ...shape: number[]) => {
    const length = shape.reduce((product, n) => product * n, 1);
    return { data: Float32Array.from({ length }, (_, i) => factor * Math.sin(i)), shape };
  };
  const head = (levels: typeof feats) => ({
    feats: levels,
    keypoints: wave(1, 3, 6, 126),
    sigmas: wave(2, 3, 4, 126),
  });
  const network = [[4, 2], [4], [4, 4], [4], [2, 4], [2]];
  const flow = Array.from({ length: 12 }, () => network)
    .flat()
    .map((shape) => wave(0.3, ...shape));
  const keypoints = {
    data: Array.from({ length: 54 }, (_, i) => (i % 3 === 2 ? 2 : (i % 11) / 11)),
    shape: [9, 2, 3],
  };
  return {
    predictions: { oneToMany: head(feats), oneToOne: head(other), flow },
    targets: { ...targets, keypoints },
  };
}
