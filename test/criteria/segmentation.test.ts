import { describe, expect, it } from 'vitest';
import {
  createDetectionLoss,
  createSegmentationLoss,
  type SegmentationLossConfig,
  type SegmentationPredictions,
  type SegmentationTargets,
  type Tensor,
} from '../../src/index.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { segmentation } from '../lib/tasks/segmentation.ts';

const { options, ...given } = segmentation.ordinary;
const predictions = given.predictions as SegmentationPredictions;
const targets = given.targets as SegmentationTargets & {
  masks: Tensor<Uint8Array>;
  semantic: Tensor<Uint8Array>;
};
const { masks } = targets;
const create = (more: Partial<SegmentationLossConfig> = {}) =>
  createSegmentationLoss({ ...options, ...more } as SegmentationLossConfig);
const criterion = await create();
const expected = criterion.valueAndGradSync(predictions, targets);

const withMasks = (tensor: unknown) => ({ ...targets, masks: tensor }) as SegmentationTargets;
const withPixel = (value: unknown) =>
  withMasks({ ...masks, data: Object.assign([...masks.data], { 4: value }) });

describe('createSegmentationLoss', () => {
  it("has detection's items, assignment and gradients", async () => {
    using detection = await createDetectionLoss(options as SegmentationLossConfig);
    const { masks: _masks, semantic: _semantic, ...boxes } = targets;
    const plain = detection.valueAndGradSync(predictions.feats, boxes);
    const { seg, sem, ...items } = expected.items;
    expect(items).toEqual(plain.items);
    expect(expected.assignment).toEqual(plain.assignment);
    expect(expected.grads.feats).toEqual(plain.grads);
    expect(seg).toBeGreaterThan(0);
    expect(sem).toBeGreaterThan(0);
  });

  it('no targets: no loss of masks and semantic logits, and their gradients are 0', () => {
    const none = segmentation.ordinary.none as SegmentationTargets;
    const { items, grads } = criterion.valueAndGradSync(predictions, none);
    expect(items).toMatchObject({ box: 0, seg: 0, dfl: 0, sem: 0 });
    for (const tensor of [grads.coefficients, grads.prototypes, grads.semantic]) {
      expect(tensor?.data.every((slope) => slope === 0)).toBe(true);
    }
  });

  it('one binary mask per target gives the loss of indices that say the same', async () => {
    using separate = await create({ overlap: false });
    const [count, size] = [targets.batchIdx.length, 30 * 20];
    const data = new Float32Array(count * size);
    const seen = [0, 0, 0];
    for (let n = 0; n < count; n++) {
      const image = targets.batchIdx[n];
      const index = ++seen[image];
      for (let i = 0; i < size; i++)
        data[n * size + i] = masks.data[image * size + i] === index ? 255 : 0;
    }
    const own = { data, shape: [count, 30, 20] };
    expect(separate.valueAndGradSync(predictions, withMasks(own))).toEqual(expected);
  });

  it('masks may come in any array-like', () => {
    for (const data of [
      [...masks.data],
      Int32Array.from(masks.data),
      Float64Array.from(masks.data),
      { ...masks.data, length: masks.data.length },
    ]) {
      expect(criterion.valueAndGradSync(predictions, withMasks({ ...masks, data }))).toEqual(
        expected,
      );
    }
  });

  it('a separate mask with a pixel that is NaN: TARGET_MASK', async () => {
    using separate = await create({ overlap: false });
    const data = new Float32Array(targets.batchIdx.length * 600).fill(Number.NaN, 7, 8);
    const broken = withMasks({ data, shape: [targets.batchIdx.length, 30, 20] });
    const message = /targets\.masks\.data\[7\] needs a number, got NaN/;
    await expectCode('TARGET_MASK', () => separate.value(predictions, broken), message);
  });

  it.each([
    ['no masks', 'TARGET_TYPE', withMasks(undefined), /targets\.masks needs \{ data, shape \}/],
    ['a bare array', 'TARGET_TYPE', withMasks(masks.data), /\[B, H, W\], got a Uint8Array/],
    ['a text', 'TARGET_TYPE', withMasks({ ...masks, data: 'mask' }), /got 'mask'/],
    ['bigints', 'TARGET_TYPE', withMasks({ ...masks, data: new BigInt64Array(1800) }), /got 0n/],
    ['a mask less', 'TENSOR_SHAPE', withMasks({ ...masks, shape: [2, 30, 20] }), /\[3, H, W\]/],
    ['no rows', 'TENSOR_SHAPE', withMasks({ data: [], shape: [3, 0, 20] }), /\[3, 0, 20\]/],
    ['no shape', 'TENSOR_SHAPE', withMasks({ data: masks.data }), /undefined/],
    ['a row less', 'TENSOR_LENGTH', withMasks({ ...masks, shape: [3, 29, 20] }), /1740 .* 1800/],
    ['an index too high', 'TARGET_MASK', withPixel(10), /integers from 0 to \d in image 0.*got 10/],
    ['half an index', 'TARGET_MASK', withPixel(0.5), /got 0\.5/],
    ['NaN', 'TARGET_MASK', withPixel(Number.NaN), /got NaN/],
    ['−1', 'TARGET_MASK', withPixel(-1), /got -1/],
    ["'1'", 'TARGET_TYPE', withPixel('1'), /masks\.data\[4\] needs a number, got '1'/],
  ] as const)('masks, %s: %s, nothing written', async (_, code, broken, message) => {
    const { grads } = criterion.valueAndGradSync(predictions, targets);
    const call = () => criterion.valueAndGrad(predictions, broken, { out: grads });
    await expectCode(code, call, message);
    expect(grads).toEqual(expected.grads);
  });

  it('out in the memory of masks: OUT_ALIASES_INPUT, nothing written', async () => {
    const { buffer } = expected.grads.prototypes.data.slice();
    const out = { ...expected.grads };
    out.prototypes = { ...out.prototypes, data: new Float32Array(buffer) };
    const data = new Uint8Array(buffer, buffer.byteLength - 1800).fill(0);
    const given = withMasks({ ...masks, data });
    const call = () => criterion.valueAndGrad(predictions, given, { out });
    await expectCode('OUT_ALIASES_INPUT', call, /out\.prototypes .* targets/);
    expect(data).toEqual(new Uint8Array(1800));
  });

  it('masks detached while the call waits: TENSOR_LENGTH', async () => {
    const data = masks.data.slice();
    using waiting = await create({
      reduceNormalizer: async (sum) => {
        structuredClone(data, { transfer: [data.buffer] });
        return sum;
      },
    });
    const call = () => waiting.value(predictions, withMasks({ ...masks, data }));
    await expectCode('TENSOR_LENGTH', call, /targets\.masks\.data needs to keep/);
  });

  it.each([
    ['coefficients of another batch', 'coefficients', [1, 15, 126], /\[3, M, 126\]/],
    ['coefficients of other anchors', 'coefficients', [3, 126, 5], /\[3, M, 126\]/],
    ['prototypes of another M', 'prototypes', [3, 24, 5, 16], /\[3, 5, h, w\]/],
  ] as const)('%s: TENSOR_SHAPE', async (_, key, shape, message) => {
    const broken = { ...predictions, [key]: { ...predictions[key], shape } };
    await expectCode('TENSOR_SHAPE', () => criterion.value(broken, targets), message);
  });

  it('a prototype that is NaN shows in seg alone', () => {
    const data = predictions.prototypes.data.map((x, i) => (i % 5 === 0 ? Number.NaN : x));
    const broken = { ...predictions, prototypes: { ...predictions.prototypes, data } };
    const { seg, ...items } = criterion.valueSync(broken, targets).items;
    const { seg: _, ...others } = expected.items;
    expect(seg).toBeNaN();
    expect(items).toEqual(others);
  });

  it('gains.seg: by default that of box, else its own, of seg and sem', async () => {
    using doubled = await create({ gains: { box: 15 } });
    using own = await create({ gains: { seg: 15 } });
    for (const criterion of [doubled, own]) {
      const { items, grads } = criterion.valueAndGradSync(predictions, targets);
      expectClose('seg', items.seg, 2 * expected.items.seg, 1e-15);
      expectClose('sem', items.sem, 2 * expected.items.sem, 1e-15);
      expectCloseL2(
        'semantic',
        grads.semantic?.data ?? [],
        expected.grads.semantic?.data.map((slope) => 2 * slope) ?? [],
        1e-6,
      );
    }
    expect(own.valueSync(predictions, targets).items.box).toBe(expected.items.box);
  });

  it("resize: 'prototypes' by default, 'masks' with reference 8.3", async () => {
    const lossOf = async (more: Partial<SegmentationLossConfig>) => {
      using own = await create(more);
      return own.valueAndGradSync(predictions, targets);
    };
    const ofMasks = await lossOf({ resize: 'masks' });
    expect(await lossOf({ resize: 'prototypes' })).toEqual(expected);
    expect(ofMasks.items.seg).not.toBe(expected.items.seg);
    const older = await lossOf({ reference: '8.3', resize: 'prototypes' });
    expect((await lossOf({ reference: '8.3' })).items.seg).not.toBe(older.items.seg);
  });

  it('no semantic logits: sem is 0, no gradient, and classes of pixels are not read', () => {
    const { semantic: _, ...plain } = predictions;
    const wild = { ...targets, semantic: null } as unknown as SegmentationTargets;
    const { items, grads, total } = criterion.valueAndGradSync(plain, wild);
    expect(items).toEqual({ ...expected.items, sem: 0 });
    expect(total).not.toBe(expected.total);
    const { semantic: __, ...others } = expected.grads;
    expect(grads).toEqual(others);
  });

  const { semantic } = targets;
  const classes = [...semantic.data];
  const covered = masks.data.findIndex((mask) => mask !== 0);
  const withClasses = (tensor: unknown) =>
    ({ ...targets, semantic: tensor }) as SegmentationTargets;
  const withClass = (value: unknown) =>
    withClasses({ ...semantic, data: Object.assign([...classes], { [covered]: value }) });

  it.each([
    ['none', 'TARGET_TYPE', withClasses(undefined), /targets\.semantic needs \{ data, shape \}/],
    [
      'another size',
      'TENSOR_SHAPE',
      withClasses({ data: [], shape: [3, 20, 30] }),
      /\[3, 30, 20\]/,
    ],
    ['as many as classes', 'TARGET_CLASS', withClass(5), /integer from 0 to 4.*mask covers.*got 5/],
    ['half a class', 'TARGET_CLASS', withClass(0.5), /got 0\.5/],
    ['NaN', 'TARGET_CLASS', withClass(Number.NaN), /got NaN/],
    ["'1'", 'TARGET_TYPE', withClass('1'), /needs a number, got '1'/],
  ] as const)('classes of pixels, %s: %s, nothing written', async (_, code, broken, message) => {
    const { grads } = criterion.valueAndGradSync(predictions, targets);
    const call = () => criterion.valueAndGrad(predictions, broken, { out: grads });
    await expectCode(code, call, message);
    expect(grads).toEqual(expected.grads);
  });

  it('semantic logits of other classes: TENSOR_SHAPE', async () => {
    const shape = [3, 4, 12, 9];
    const broken = { ...predictions, semantic: { data: new Float32Array(1296), shape } };
    await expectCode('TENSOR_SHAPE', () => criterion.value(broken, targets), /\[3, 5, h, w\]/);
  });

  it("resize 'both': INVALID_OPTION", async () => {
    const config = { resize: 'both' } as unknown as Partial<SegmentationLossConfig>;
    await expectCode(
      'INVALID_OPTION',
      () => create(config),
      /resize.*'prototypes'.*'masks'.*'both'/,
    );
  });
});
