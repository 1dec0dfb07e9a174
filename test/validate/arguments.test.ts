import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createClassificationLoss,
  createDetectionLoss,
  createLosses,
  createPoseLoss,
  createSegmentationLoss,
  joinHead,
  splitHead,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';
import { reactive } from '../lib/reactive.ts';
import { foreign } from '../lib/realm.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';

const { config: options, feats, targets } = ordinaryProblem();
const config = { ...options, backend: 'wasm' } as const;
const criterion = await createDetectionLoss(config);
const losses = await createLosses({ backend: 'wasm' });
const expected = bitsOf(criterion.valueAndGradSync(feats, targets));
const zeros = (...shape: number[]) => ({
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  shape,
});
const freshOut = () => feats.map(({ shape }) => zeros(...shape));

describe('arguments behind transparent proxies', () => {
  it('a criterion: the bits of plain ones, and out is handed back', async () => {
    const given = reactive({
      config: { ...config, strides: [8, 16, 32], gains: { box: 7.5 } },
      feats,
      targets: { ...targets, cls: Int32Array.from(targets.cls) },
      options: { out: freshOut() },
    });
    using wrapped = await createDetectionLoss(given.config);
    const result = await wrapped.valueAndGrad(given.feats, given.targets, given.options);
    expectBits(result, expected);
    expect(result.grads[0].data).toBe(given.options.out[0].data);
  });

  it('a plain loss, splitHead and joinHead: the numbers of plain ones', async () => {
    const scores = { data: Float32Array.of(1, 2, 4, 0, 1, 2), shape: [2, 3] };
    const given = [scores, { data: [2, 0], shape: [2] }, { weight: [1, 2, 3] }] as const;
    const behind = reactive({ given }).given;
    const plain = await losses.crossEntropy(...given);
    expect(await losses.crossEntropy(...behind)).toEqual(plain);
    const head = joinHead(feats);
    expect(joinHead(reactive(feats))).toEqual(head);
    const split = { imageSize: [96, 64] as const };
    expect(splitHead(reactive(head), reactive(split))).toEqual(splitHead(head, split));
  });

  it('out in the memory of targets: OUT_ALIASES_INPUT', async () => {
    const out = freshOut();
    const given = reactive({ ...targets, cls: out[0].data.subarray(0, targets.cls.length) });
    await expectCode('OUT_ALIASES_INPUT', () => criterion.valueAndGrad(feats, given, { out }));
  });
});

describe('arrays of another realm', () => {
  const { Float32Array: Floats, Float64Array: Doubles, Int32Array: Ints } = foreign;

  it('predictions, targets and out: the bits of arrays of this realm', () => {
    const own = feats.map(({ data, shape }) => ({ data: Floats.from(data), shape }));
    const out = feats.map(({ data, shape }) => ({ data: new Floats(data.length), shape }));
    const truth = { ...targets, cls: Ints.from(targets.cls), bboxes: Doubles.from(targets.bboxes) };
    const result = criterion.valueAndGradSync(own, truth, { out });
    expectBits(result, expected);
    expect(result.grads[0].data).toBe(out[0].data);
  });

  it('out that shares their memory: OUT_ALIASES_INPUT', async () => {
    const input = { data: Floats.of(1, 2), shape: [2] };
    const call = () => losses.mse(input, zeros(2), { out: { ...input } });
    await expectCode('OUT_ALIASES_INPUT', call, /shared with input/);
  });
});

describe('absurd sizes', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [
      '2³¹ − 1 keypoints',
      'INVALID_OPTION',
      () => createPoseLoss({ ...config, keypointShape: [2 ** 31 - 1, 3] }),
    ],
    [
      '2²⁴ + 1 targets',
      'TARGET_LENGTH',
      () => criterion.value(feats, { ...targets, batchIdx: { length: 2 ** 24 + 1 } }),
    ],
    [
      'a shape of 2³² − 1 axes',
      'TENSOR_SHAPE',
      () => losses.mse({ data: new Float32Array(1), shape: new Array(2 ** 32 - 1) }, feats[0]),
    ],
    [
      'a target’s shape of so many',
      'TENSOR_SHAPE',
      async () => {
        using segmentation = await createSegmentationLoss(config);
        const predictions = {
          feats,
          coefficients: zeros(3, 2, 126),
          prototypes: zeros(3, 2, 8, 8),
        };
        const masks = { data: new Uint8Array(4), shape: new Array(2 ** 32 - 1) };
        await segmentation.value(predictions, { ...targets, masks });
      },
    ],
    ['2³² − 1 levels', 'LEVEL_COUNT', () => joinHead(new Array(2 ** 32 - 1))],
    ['a list of holes', 'TENSOR_TYPE', () => joinHead(new Array(2))],
    [
      '2³¹ rows of nothing',
      'TENSOR_SHAPE',
      () => losses.dice({ data: new Float32Array(0), shape: [2 ** 31, 0] }, feats[0]),
    ],
    [
      '1e308 classes of nothing',
      'TENSOR_SHAPE',
      () =>
        losses.crossEntropy(
          { data: new Float32Array(0), shape: [0, 1e308] },
          { data: [], shape: [0] },
        ),
    ],
  ] as const)('%s: %s', async (_, code, call) => {
    await expectCode(code, call);
  });

  it('2³¹ − 1 classes of a classifier take no memory before logits have as many', async () => {
    using classifier = await createClassificationLoss({ numClasses: 2 ** 31 - 1 });
    const logits = { data: new Float32Array(5), shape: [1, 5] };
    await expectCode('TENSOR_SHAPE', () => classifier.value({ logits }, { cls: [0] }));
  });

  it('memory that the machine does not have: HOST_MEMORY, and the next call has the same bits', async () => {
    const Own = Float32Array;
    const refusing = new Proxy(Own, {
      construct(target, given: [number], self) {
        // The smallest prediction has more values than any other array
        if (given[0] > 1000) throw new RangeError('Array buffer allocation failed');
        return Reflect.construct(target, given, self);
      },
    });
    const calls = [
      () => criterion.valueAndGradSync(feats, targets),
      () => losses.mse(feats[0], feats[0]),
      () => joinHead(feats),
    ];
    for (const call of calls) {
      vi.stubGlobal('Float32Array', refusing);
      await expectCode('HOST_MEMORY', call, /needs 1 MiB of memory for \w+.*, more than there is$/);
      vi.unstubAllGlobals();
    }
    expectBits(criterion.valueAndGradSync(feats, targets), expected);
  });
});

describe('the result of reduceNormalizer', () => {
  it('an iterator is no sum: NORMALIZER', async () => {
    const reduceNormalizer = () => ({ next: () => ({ done: true, value: 1 }) }) as never;
    using sharded = await createDetectionLoss({ ...config, reduceNormalizer });
    await expectCode('NORMALIZER', () => sharded.value(feats, targets), /gave an Object/);
  });
});
