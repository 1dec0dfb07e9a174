import { describe, expect, it } from 'vitest';
import {
  createClassificationLoss,
  createDetectionLoss,
  createLosses,
  createSegmentationLoss,
  type DetectionTargets,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const criterion = await createDetectionLoss(config);
const expected = criterion.valueSync(feats, targets);

describe('validateTargets', () => {
  const change = (more: Partial<Record<keyof DetectionTargets, unknown>>) =>
    ({ ...targets, ...more }) as DetectionTargets;
  const put = (list: number[], index: number, value: unknown) =>
    Object.assign([...list], { [index]: value });

  const ones = targets.cls.map(() => 1);

  it.each([
    [
      'nothing',
      'TARGET_TYPE',
      undefined,
      /^valueAndGrad: targets needs \{ batchIdx, cls, bboxes \}, got undefined$/,
    ],
    ['null', 'TARGET_TYPE', null, /targets needs .*, got null$/],
    ['no classes', 'TARGET_TYPE', change({ cls: undefined }), /cls/],
    ['a number', 'TARGET_TYPE', change({ bboxes: 4 }), /bboxes/],
    [
      'a class less',
      'TARGET_LENGTH',
      change({ cls: targets.cls.slice(1) }),
      /cls needs 9 .* got 8/,
    ],
    ['boxes of five', 'TARGET_LENGTH', change({ bboxes: new Float32Array(45) }), /36 .* 45/],
    ['image B', 'TARGET_IMAGE', change({ batchIdx: put(targets.batchIdx, 4, 3) }), /batchIdx\[4\]/],
    ['image −1', 'TARGET_IMAGE', change({ batchIdx: put(targets.batchIdx, 4, -1) }), /0 to 2/],
    ['half an image', 'TARGET_IMAGE', change({ batchIdx: put(targets.batchIdx, 0, 0.5) }), /0\.5/],
    ['class C', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, 5) }), /0 to 4, got 5/],
    ['class NaN', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, Number.NaN) }), /NaN/],
    ['class "1"', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, '1') }), /'1'/],
    ['class 1n', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, 1n) }), /got 1n/],
    ['NaN', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 9, Number.NaN) }), /for target 2$/],
    ['∞', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 8, Infinity) }), /finite.* target 2$/],
    [
      'width −1',
      'TARGET_BOX',
      change({ bboxes: put(targets.bboxes, 2, -1) }),
      /no negative size, got .* target 0$/,
    ],
    ['pixels', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 3, 48) }), /normalised/],
    [
      'a few pixels',
      'TARGET_BOX',
      change({ bboxes: put(targets.bboxes, 3, 6) }),
      /at most 4, .* for target 0: pixels\?$/,
    ],
    ['far to the left', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 0, -4.1) }), /pixels/],
    [
      'nested boxes',
      'TARGET_LENGTH',
      change({ bboxes: [targets.bboxes] }),
      /36 .* flat .* got 1: a nested list\? flat\(\)/,
    ],
    [
      'nested classes',
      'TARGET_CLASS',
      change({ cls: targets.cls.map((c) => [c]) }),
      /got \[\d\]: a nested list\? flat\(\)/,
    ],
    [
      'one-hot classes',
      'TARGET_CLASS',
      change({ cls: targets.cls.map(() => [0, 0, 1, 0, 0]) }),
      /cls\[0\] needs .*, got \[0, 0, 1, 0, 0\]: one index per target is needed, not a one-hot row$/,
    ],
    ['class "10"', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, '10') }), /got '10'$/],
    [
      'nested images',
      'TARGET_IMAGE',
      change({ batchIdx: targets.batchIdx.map((b) => Float32Array.of(b)) }),
      /got a Float32Array: a nested list\? flat\(\)/,
    ],
    [
      'batch_idx',
      'TARGET_TYPE',
      { batch_idx: targets.batchIdx, cls: targets.cls, bboxes: targets.bboxes },
      /unknown key targets\.batch_idx, did you mean batchIdx\?; known are batchIdx, cls, bboxes, weights, ignore$/,
    ],
    ['weights null', 'TARGET_TYPE', change({ weights: null }), /weights needs an array/],
    ['a weight less', 'TARGET_LENGTH', change({ weights: ones.slice(1) }), /weights needs 9 .* 8/],
    [
      'weight −1',
      'TARGET_WEIGHT',
      change({ weights: put(ones, 3, -1) }),
      /weights needs finite numbers of at least 0, got -1 for target 3$/,
    ],
    ['weight NaN', 'TARGET_WEIGHT', change({ weights: put(ones, 0, Number.NaN) }), /NaN/],
    ['weight 1e39', 'TARGET_WEIGHT', change({ weights: put(ones, 0, 1e39) }), /1e\+39/],
    ['weight "1"', 'TARGET_WEIGHT', change({ weights: put(ones, 0, '1') }), /'1'/],
    ['flags of boxes', 'TARGET_LENGTH', change({ ignore: new Uint8Array(36) }), /ignore needs 9/],
    ['flag 2', 'TARGET_IGNORE', change({ ignore: put(ones, 8, 2) }), /0 or 1, got 2 for target 8$/],
    ['flag true', 'TARGET_IGNORE', change({ ignore: put(ones, 0, true) }), /got true/],
    ['an unknown key', 'TARGET_TYPE', change({ labels: [] } as object), /targets\.labels; known/],
    [
      'keypoints',
      'TARGET_TYPE',
      change({ keypoints: { data: [], shape: [0, 4, 3] } } as object),
      /unknown key targets\.keypoints; known are/,
    ],
  ] as const)('%s: TargetError %s', async (_, code, broken, message) => {
    const out = feats.map((feat) => ({ data: feat.data.slice().fill(7), shape: feat.shape }));
    const call = () => criterion.valueAndGrad(feats, broken as DetectionTargets, { out });
    await expectCode(code, call, message);
    expect(out.every((tensor) => tensor.data.every((value) => value === 7))).toBe(true);
    expect(criterion.valueSync(feats, targets)).toEqual(expected);
  });

  it('boxes that reach beyond the frame are taken', () => {
    const wide = put(put(targets.bboxes, 0, -0.5), 2, 4);
    expect(criterion.valueSync(feats, change({ bboxes: wide })).total).toBeGreaterThan(0);
  });

  it('detached arrays: TargetError TARGET_TYPE, not “no targets”', async () => {
    const cls = Int32Array.from(targets.cls);
    structuredClone(cls, { transfer: [cls.buffer] });
    const call = () => criterion.value(feats, change({ batchIdx: cls, cls, bboxes: cls }));
    await expectCode('TARGET_TYPE', call, /detached/);
  });

  it('an absurd length: TargetError TARGET_LENGTH, at once', async () => {
    const batchIdx = { length: 2 ** 40 };
    await expectCode(
      'TARGET_LENGTH',
      () => criterion.value(feats, change({ batchIdx })),
      /at most/,
    );
  });

  it('an array that holds itself is described', async () => {
    const own: unknown[] = [];
    own.push(own);
    const cls = put(targets.cls, 0, own);
    await expectCode(
      'TARGET_CLASS',
      () => criterion.value(feats, change({ cls })),
      /\[\[an array\]\]/,
    );
  });
});

describe('indices in arrays that cannot hold all of them', () => {
  const many = 300;
  const zeros = (...shape: number[]) => ({
    data: new Float32Array(shape.reduce((a, b) => a * b)),
    shape,
  });
  const one = (batchIdx: ArrayLike<number>, cls: ArrayLike<number>) => ({
    batchIdx,
    cls,
    bboxes: [0.5, 0.5, 0.5, 0.5],
  });

  it('classes: TARGET_CLASS from the number on that does not fit', async () => {
    const create = (numClasses: number) =>
      createDetectionLoss({ numClasses, regMax: 2, strides: [8], backend: 'wasm' });
    using fits = await create(256);
    expect(
      fits.valueSync([zeros(1, 264, 4, 4)], one([0], Uint8Array.of(255))).total,
    ).toBeGreaterThan(0);
    using narrow = await create(257);
    const call = (cls: ArrayLike<number>) => () =>
      narrow.valueSync([zeros(1, 265, 4, 4)], one([0], cls));
    await expectCode(
      'TARGET_CLASS',
      call(Uint8Array.of(3)),
      /cls needs an array that can hold 256, got a Uint8Array, which cannot hold numbers above 255$/,
    );
    await expectCode(
      'TARGET_CLASS',
      call(new Uint8ClampedArray(1)),
      /got a Uint8ClampedArray, which cannot hold numbers above 255$/,
    );
    await expectCode('TARGET_CLASS', call(Int8Array.of(3)), /an Int8Array, .* above 127$/);
    for (const cls of [[256], Int16Array.of(256), Uint16Array.of(256), Float32Array.of(256)]) {
      expect(call(cls)().total).toBeGreaterThan(0);
    }
  });

  it('images: TARGET_IMAGE', async () => {
    using tiny = await createDetectionLoss({
      numClasses: 1,
      regMax: 1,
      strides: [8],
      backend: 'wasm',
    });
    const feats = [zeros(many, 5, 1, 1)];
    const call = () => tiny.value(feats, one(Uint8Array.of(44), [0]));
    await expectCode(
      'TARGET_IMAGE',
      call,
      /batchIdx needs an array that can hold 299, got a Uint8Array/,
    );
    const none = { batchIdx: new Uint8Array(0), cls: [], bboxes: [] };
    expect(tiny.valueSync(feats, none).total).toBeGreaterThan(0);
  });

  it('an index mask of more than 255 targets: TARGET_MASK', async () => {
    using segmentation = await createSegmentationLoss({
      numClasses: 1,
      regMax: 1,
      strides: [8],
      backend: 'wasm',
    });
    const predictions = {
      feats: [zeros(1, 5, 4, 4)],
      coefficients: zeros(1, 2, 16),
      prototypes: zeros(1, 2, 8, 8),
    };
    const truth = (count: number, data: ArrayLike<number>) => ({
      batchIdx: new Uint16Array(count),
      cls: new Uint8Array(count),
      bboxes: Float32Array.from({ length: 4 * count }, () => 0.5),
      masks: { data, shape: [1, 8, 8] },
    });
    const call = (count: number, data: ArrayLike<number>) => () =>
      segmentation.valueSync(predictions, truth(count, data));
    expect(call(255, new Uint8Array(64).fill(255))().total).toBeGreaterThan(0);
    expect(call(many, new Uint16Array(64).fill(many))().total).toBeGreaterThan(0);
    await expectCode(
      'TARGET_MASK',
      call(many, new Uint8Array(64)),
      /masks\.data needs an array that can hold 300, got a Uint8Array, which cannot hold numbers above 255$/,
    );
  });

  it('a classifier and crossEntropy: TARGET_CLASS, also of an ignoreIndex that does not fit', async () => {
    using classifier = await createClassificationLoss({ numClasses: many, backend: 'wasm' });
    const logits = zeros(1, many);
    const cls = Uint8Array.of(44);
    await expectCode('TARGET_CLASS', () => classifier.value({ logits }, { cls }), /hold 299/);
    const labels = { cls: [0], labels: [0] };
    await expectCode(
      'TARGET_TYPE',
      () => classifier.value({ logits }, labels),
      /labels; known are cls/,
    );
    using losses = await createLosses({ backend: 'wasm' });
    const target = { data: cls, shape: [1] };
    await expectCode('TARGET_CLASS', () => losses.crossEntropy(logits, target), /hold 299/);
    const few = zeros(1, 45);
    expect((await losses.crossEntropy(few, target)).value).toBeCloseTo(Math.log(45));
    const call = () => losses.crossEntropy(few, target, { ignoreIndex: 300 });
    await expectCode('TARGET_CLASS', call, /hold 300/);
  });
});
