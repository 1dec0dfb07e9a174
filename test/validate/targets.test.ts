import { describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionTargets } from '../../src/index.ts';
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
    ['class C', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, 5) }), /0 to 4, got 5/],
    ['class NaN', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, Number.NaN) }), /NaN/],
    ['class "1"', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, '1') }), /'1'/],
    ['class 1n', 'TARGET_CLASS', change({ cls: put(targets.cls, 2, 1n) }), /got 1n/],
    ['NaN', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 9, Number.NaN) }), /for target 2/],
    ['∞', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 8, Infinity) }), /finite/],
    ['width −1', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 2, -1) }), /negative/],
    ['pixels', 'TARGET_BOX', change({ bboxes: put(targets.bboxes, 3, 48) }), /normalised/],
    ['nested boxes', 'TARGET_LENGTH', change({ bboxes: [targets.bboxes] }), /36 .* flat .* got 1/],
  ] as const)('%s: TargetError %s', async (_, code, broken, message) => {
    const out = feats.map((feat) => ({ data: feat.data.slice().fill(7), shape: feat.shape }));
    const call = () => criterion.valueAndGrad(feats, broken as DetectionTargets, { out });
    await expectCode(code, call, message);
    expect(out.every((tensor) => tensor.data.every((value) => value === 7))).toBe(true);
    expect(criterion.valueSync(feats, targets)).toEqual(expected);
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
