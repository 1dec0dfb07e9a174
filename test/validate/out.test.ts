import { describe, expect, it } from 'vitest';
import { createDetectionLoss, type Tensor } from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const criterion = await createDetectionLoss(config);
const expected = criterion.valueSync(feats, targets);

describe('validateOut', () => {
  it('a misspelt option: ConfigError UNKNOWN_OPTION', async () => {
    const options = { outt: fresh() } as object;
    const message = /valueAndGrad: unknown option outt; known are out/;
    await expectCode(
      'UNKNOWN_OPTION',
      () => criterion.valueAndGrad(feats, targets, options),
      message,
    );
  });

  const fresh = () =>
    feats.map((feat) => ({ data: new Float32Array(feat.data.length), shape: feat.shape }));

  it.each([
    ['no list', 'LEVEL_COUNT', () => fresh()[0]],
    ['two levels', 'LEVEL_COUNT', () => fresh().slice(1)],
    ['a list of holes', 'TENSOR_TYPE', () => new Array(3)],
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
