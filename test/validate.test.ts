import { describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionTargets, type Tensor } from '../src/index.ts';
import { expectCode } from './lib/expect-code.ts';
import { ordinaryProblem } from './lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const criterion = await createDetectionLoss(config);
const expected = criterion.valueSync(feats, targets);

/** The predictions with something else at level 1. */
const withLevel = (tensor: unknown) => [feats[0], tensor, feats[2]] as Tensor[];
const [, { data, shape }] = feats;

describe('validatePredictions', () => {
  it.each([
    ['no list', 'LEVEL_COUNT', undefined, /feats needs 3 levels, one a stride, got undefined/],
    ['two levels', 'LEVEL_COUNT', feats.slice(1), /got 2 levels/],
    ['a bare array', 'TENSOR_TYPE', withLevel(data), /feats\[1\]\.data needs a Float32Array/],
    ['nothing', 'TENSOR_TYPE', withLevel(undefined), /feats\[1\]/],
    ['Float64Array', 'TENSOR_TYPE', withLevel({ data: Float64Array.from(data), shape }), /Float64/],
    ['a plain array', 'TENSOR_TYPE', withLevel({ data: [...data], shape }), /got \[/],
    ['no shape', 'TENSOR_SHAPE', withLevel({ data }), /needs 4 positive integers \[B, c, H, W\]/],
    ['rank 3', 'TENSOR_SHAPE', withLevel({ data, shape: shape.slice(1) }), /\[37, 6, 4\]/],
    ['a fraction', 'TENSOR_SHAPE', withLevel({ data, shape: [3, 37, 6, 4.5] }), /4\.5/],
    ['an empty batch', 'TENSOR_SHAPE', withLevel({ data, shape: [0, 37, 6, 4] }), /positive/],
    [
      'a channel less',
      'TENSOR_SHAPE',
      withLevel({ data, shape: [3, 36, 6, 4] }),
      /feats\[1\] needs 37 channels \(4·8 \+ 5\), got 36/,
    ],
    [
      'values missing',
      'TENSOR_LENGTH',
      withLevel({ data: data.subarray(1), shape }),
      /2664 .* 2663/,
    ],
    [
      'another batch',
      'TENSOR_SHAPE',
      withLevel({ data: data.subarray(888), shape: [2, 37, 6, 4] }),
      /feats\[1\] needs 3 images as feats\[0\] has, got 2/,
    ],
    ['levels swapped', 'TENSOR_SHAPE', [feats[2], feats[1], feats[0]], /at stride 16, got 6×4/],
    ['H and W swapped', 'TENSOR_SHAPE', withLevel({ data, shape: [3, 37, 4, 6] }), /96×64 px/],
  ] as const)('%s: ShapeError %s', async (_, code, broken, message) => {
    await expectCode(code, () => criterion.valueAndGrad(broken as Tensor[], targets), message);
    await expectCode(code, () => criterion.assign(broken as Tensor[], targets), /^assign: /);
    expect(criterion.valueSync(feats, targets)).toEqual(expected);
  });

  it('a detached array: ShapeError TENSOR_LENGTH', async () => {
    const gone = data.slice();
    structuredClone(gone, { transfer: [gone.buffer] });
    await expectCode('TENSOR_LENGTH', () =>
      criterion.value(withLevel({ data: gone, shape }), targets),
    );
  });

  it('grids may be rounded up or down', async () => {
    using odd = await createDetectionLoss({ numClasses: 1, regMax: 1, strides: [8, 16, 32] });
    const level = (height: number, width: number) => ({
      data: new Float32Array(5 * height * width),
      shape: [1, 5, height, width],
    });
    const none = { batchIdx: [], cls: [], bboxes: [] };
    odd.valueSync([level(5, 7), level(3, 4), level(2, 2)], none);
    odd.valueSync([level(5, 7), level(2, 3), level(1, 1)], none);
    const small = [level(5, 7), level(1, 3), level(1, 1)];
    await expectCode('TENSOR_SHAPE', () => odd.valueSync(small, none));
  });
});

describe('validateTargets', () => {
  const change = (more: Partial<Record<keyof DetectionTargets, unknown>>) =>
    ({ ...targets, ...more }) as DetectionTargets;
  const put = (list: number[], index: number, value: unknown) =>
    Object.assign([...list], { [index]: value });

  it.each([
    ['nothing', 'TARGET_TYPE', undefined, /targets\.batchIdx needs an array of numbers/],
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
    [
      'class C',
      'TARGET_CLASS',
      change({ cls: put(targets.cls, 2, 5) }),
      /0 to 4 \(5 classes\), got 5/,
    ],
    ['class NaN', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, Number.NaN) }), /NaN/],
    ['class "1"', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, '1') }), /'1'/],
    ['class 1n', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, 1n) }), /cls\[2\]/],
    ['NaN', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 9, Number.NaN) }), /for target 2/],
    ['∞', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 8, Infinity) }), /finite/],
    ['width −1', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 2, -1) }), /negative/],
    ['1e30', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 3, 1e30) }), /normalised/],
  ] as const)('%s: TargetError %s', async (_, code, broken, message) => {
    const out = feats.map((feat) => ({ data: feat.data.slice().fill(7), shape: feat.shape }));
    const call = () => criterion.valueAndGrad(feats, broken as DetectionTargets, { out });
    await expectCode(code, call, message);
    expect(out.every((tensor) => tensor.data.every((value) => value === 7))).toBe(true);
    expect(criterion.valueSync(feats, targets)).toEqual(expected);
  });
});

describe('validateOut', () => {
  const fresh = () =>
    feats.map((feat) => ({ data: new Float32Array(feat.data.length), shape: feat.shape }));

  it.each([
    ['no list', 'LEVEL_COUNT', () => fresh()[0]],
    ['two levels', 'LEVEL_COUNT', () => fresh().slice(1)],
    ['levels swapped', 'TENSOR_SHAPE', () => fresh().reverse()],
    ['another type', 'TENSOR_TYPE', () => fresh().map((t) => ({ ...t, data: [...t.data] }))],
    ['too short', 'TENSOR_LENGTH', () => fresh().map((t) => ({ ...t, data: t.data.subarray(1) }))],
    ['the predictions', 'OUT_ALIASES_INPUT', () => feats],
    [
      'overlapping levels',
      'OUT_ALIASES_INPUT',
      () => {
        const shared = new Float32Array(feats[0].data.length);
        return feats.map(({ shape: s, data: d }) => ({
          data: shared.subarray(0, d.length),
          shape: s,
        }));
      },
    ],
  ] as const)('%s: ShapeError %s', async (_, code, out) => {
    const call = () => criterion.valueAndGrad(feats, targets, { out: out() as Tensor[] });
    await expectCode(code, call, /out/);
    expect(criterion.valueSync(feats, targets)).toEqual(expected);
  });

  it('levels side by side in one buffer are fine', () => {
    const ends = feats.map((_, l) =>
      feats.slice(0, l + 1).reduce((sum, t) => sum + t.data.length, 0),
    );
    const arena = new Float32Array(ends[2]);
    const out = feats.map((t, l) => ({
      data: arena.subarray(ends[l] - t.data.length, ends[l]),
      shape: t.shape,
    }));
    const { grads } = criterion.valueAndGradSync(feats, targets);
    const again = criterion.valueAndGradSync(feats, targets, { out });
    expect(again.grads.map((g) => [...g.data])).toEqual(grads.map((g) => [...g.data]));
  });
});
