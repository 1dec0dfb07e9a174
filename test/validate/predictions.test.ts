import { describe, expect, it } from 'vitest';
import { createDetectionLoss, splitHead, type Tensor } from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const criterion = await createDetectionLoss(config);
const expected = criterion.valueSync(feats, targets);

/** Predictions with another value at level 1. */
const withLevel = (tensor: unknown) => [feats[0], tensor, feats[2]] as Tensor[];
const [, { data, shape }] = feats;

describe('validatePredictions', () => {
  it.each([
    ['no list', 'LEVEL_COUNT', undefined, /feats needs 3 tensors, one per stride, got undefined/],
    ['two levels', 'LEVEL_COUNT', feats.slice(1), /got 2 levels$/],
    ['a tensor', 'LEVEL_COUNT', feats[0], /got an Object: wrap it in a list$/],
    ['one head', 'LEVEL_COUNT', { data, shape: [1, 37, 72] }, /: splitHead splits a head/],
    ['a list of one head', 'LEVEL_COUNT', [{ data, shape: [1, 37, 72] }], /: splitHead splits/],
    [
      'a decoded head',
      'LEVEL_COUNT',
      [{ data, shape: [1, 9, 296] }],
      /got 1 level: decoded in the export\? raw outputs are needed$/,
    ],
    ['a decoded head, turned', 'LEVEL_COUNT', { data, shape: [1, 296, 9] }, /decoded/],
    ['a head as a level', 'TENSOR_SHAPE', withLevel({ data, shape: [3, 37, 24] }), /: splitHead/],
    [
      'decoded',
      'TENSOR_SHAPE',
      withLevel({ data, shape: [3, 9, 6, 4] }),
      /decoded .*or regMax: 1$/,
    ],
    ['bins', 'TENSOR_SHAPE', withLevel({ data, shape: [3, 69, 6, 4] }), /\]: regMax: 16\?$/],
    ['a bare array', 'TENSOR_TYPE', withLevel(data), /needs { data, shape } .* got a Float32Array/],
    ['nothing', 'TENSOR_TYPE', withLevel(undefined), /feats\[1\]/],
    ['Float64Array', 'TENSOR_TYPE', withLevel({ data: Float64Array.from(data), shape }), /Float64/],
    ['a plain array', 'TENSOR_TYPE', withLevel({ data: [...data], shape }), /got \[/],
    [
      'no shape',
      'TENSOR_SHAPE',
      withLevel({ data }),
      /needs an array of 4 positive integers \[B, c, H, W\]/,
    ],
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
      'channels last',
      'TENSOR_SHAPE',
      withLevel({ data, shape: [3, 6, 4, 37] }),
      /got 6 in \[3,6,4,37\]: layout 'nhwc'\?$/,
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

  it('a detached array: ShapeError TENSOR_TYPE', async () => {
    const gone = data.slice();
    structuredClone(gone, { transfer: [gone.buffer] });
    const broken = withLevel({ data: gone, shape });
    await expectCode('TENSOR_TYPE', () => criterion.value(broken, targets), /detached/);
  });

  it('a proxy of a typed array: ShapeError TENSOR_TYPE', async () => {
    const broken = withLevel({ data: new Proxy(data, {}), shape });
    await expectCode('TENSOR_TYPE', () => criterion.value(broken, targets));
  });

  it.each(['nchw', 'nhwc'] as const)(
    'regMax 1, %s: a decoded head is not taken for a raw one, TENSOR_SHAPE',
    async (layout) => {
      using direct = await createDetectionLoss({
        numClasses: 3,
        regMax: 1,
        layout,
        backend: 'wasm',
      });
      const none = { batchIdx: [], cls: [], bboxes: [] };
      const levelsOf = (valueAt: (channel: number, anchor: number) => number) => {
        const [anchors, channels] = [84, 7];
        const values = Float32Array.from({ length: channels * anchors }, (_, i) =>
          layout === 'nchw'
            ? valueAt(Math.floor(i / anchors), i % anchors)
            : valueAt(i % channels, Math.floor(i / channels)),
        );
        const shape = layout === 'nchw' ? [1, channels, anchors] : [1, anchors, channels];
        return splitHead({ data: values, shape }, { imageSize: 64, layout });
      };
      const decoded = (channel: number, anchor: number) =>
        channel < 4 ? 8 + ((anchor * 5) % 48) : ((anchor * channel) % 10) / 11;
      const call = () => direct.value(levelsOf(decoded), none);
      await expectCode(
        'TENSOR_SHAPE',
        call,
        /feats\[2\] holds boxes in pixels and probabilities: decoded in the export\?/,
      );
      const raw = (channel: number, anchor: number) =>
        channel < 4 ? ((anchor * 5) % 40) / 10 : ((anchor * channel) % 10) / 11;
      direct.valueSync(levelsOf(raw), none);
      const wild = (channel: number, anchor: number) =>
        channel < 4 ? 8 + ((anchor * 5) % 48) : ((anchor * channel) % 10) - 5;
      direct.valueSync(levelsOf(wild), none);
      direct.valueSync(
        levelsOf((channel) => (channel < 4 ? 50 : 0)),
        none,
      );
    },
  );

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
