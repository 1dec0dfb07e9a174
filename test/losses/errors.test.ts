import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/index.ts';
import { expectClose } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { lossBackends, useLosses } from '../lib/loss-backends.ts';
import type { LossName } from '../lib/loss-cases.ts';

const floats = (...shape: number[]) => ({
  data: new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(0.5),
  shape,
});
const indices = (...data: number[]) => ({ data, shape: [data.length] });
const detached = () => {
  const tensor = floats(2, 3);
  structuredClone(tensor.data, { transfer: [tensor.data.buffer] });
  return tensor;
};
const x = floats(2, 3);
const whole = new Float32Array(18);

type Wrong = [
  loss: LossName,
  input: unknown,
  target: unknown,
  options: object | undefined,
  code: ErrorCode,
  message: RegExp,
];

const wrong: Wrong[] = [
  ['mse', undefined, x, {}, 'TENSOR_TYPE', /^mse: input needs \{ data, shape \}, got undefined$/],
  ['mse', x, null, {}, 'TENSOR_TYPE', /^mse: target needs \{ data, shape \}, got null$/],
  [
    'mse',
    { data: [1], shape: [1] },
    x,
    {},
    'TENSOR_TYPE',
    /^mse: input.data needs a Float32Array.*, got \[1\]$/,
  ],
  ['mse', detached(), x, {}, 'TENSOR_TYPE', /^mse: input.data needs .* got one that is detached$/],
  ['mse', x, detached(), {}, 'TENSOR_TYPE', /^mse: target.data needs .* got one that is detached$/],
  [
    'mse',
    { ...x, shape: [2, -3] },
    x,
    {},
    'TENSOR_SHAPE',
    /^mse: input.shape needs .* got \[2, -3\]$/,
  ],
  ['mse', { ...x, shape: [2.5] }, x, {}, 'TENSOR_SHAPE', /^mse: input.shape needs an array of/],
  ['mse', { data: x.data }, x, {}, 'TENSOR_SHAPE', /^mse: input.shape needs .* got undefined$/],
  [
    'mse',
    { ...x, shape: [2, 2] },
    x,
    {},
    'TENSOR_LENGTH',
    /^mse: input.data needs 4 values for the shape \[2,2\], got 6$/,
  ],
  [
    'mse',
    x,
    floats(3, 2),
    {},
    'TENSOR_SHAPE',
    /^mse: target needs the shape \[2,3\] of input, got \[3,2\]$/,
  ],
  ['l1', x, floats(6), {}, 'TENSOR_SHAPE', /^l1: target needs the shape \[2,3\] of input/],
  [
    'mse',
    x,
    x,
    { reduce: 'sum' },
    'UNKNOWN_OPTION',
    /^mse: unknown option reduce; known are reduction, out$/,
  ],
  ['mse', x, x, { reduction: 'avg' }, 'INVALID_OPTION', /^mse: reduction needs one of 'none'/],
  ['mse', x, x, { delta: 1 }, 'UNKNOWN_OPTION', /^mse: unknown option delta/],
  [
    'huber',
    x,
    x,
    { delta: 0 },
    'INVALID_OPTION',
    /^huber: delta needs a finite number above 0, got 0$/,
  ],
  ['huber', x, x, { delta: -1 }, 'INVALID_OPTION', /^huber: delta needs a finite number above 0/],
  ['huber', x, x, { delta: null }, 'INVALID_OPTION', /^huber: delta needs .*, got null$/],
  ['bceWithLogits', x, x, { weight: null }, 'INVALID_OPTION', /^bceWithLogits: weight .* null$/],
  ['multiMargin', x, indices(0, 1), { p: null }, 'INVALID_OPTION', /^multiMargin: p .* got null$/],
  ['hinge', x, x, {}, 'TARGET_CLASS', /^hinge: target.data\[0\] needs -1 or 1, got 0.5$/],
  [
    'squaredHinge',
    floats(3),
    { data: Float32Array.of(1, -1, 0), shape: [3] },
    {},
    'TARGET_CLASS',
    /^squaredHinge: target.data\[2\] needs -1 or 1, got 0$/,
  ],
  [
    'mse',
    { ...x, offset: 4 },
    x,
    {},
    'TENSOR_TYPE',
    /^mse: input.offset needs data in a GPUBuffer, got a Float32Array: a part of .* its subarray$/,
  ],
  ['mse', x, { ...x, size: 24 }, {}, 'TENSOR_TYPE', /^mse: target.size needs data in a GPUBuffer/],
  ['smoothL1', x, x, { beta: Number.NaN }, 'INVALID_OPTION', /^smoothL1: beta needs a finite/],
  [
    'focal',
    x,
    x,
    { alpha: 1.1 },
    'INVALID_OPTION',
    /^focal: alpha needs a finite number from 0 to 1/,
  ],
  ['focal', x, x, { gamma: 101 }, 'INVALID_OPTION', /^focal: gamma needs .* from 0 to 100/],
  ['varifocal', x, x, { gamma: '2' }, 'INVALID_OPTION', /^varifocal: gamma needs/],
  ['qualityFocal', x, x, { beta: -1 }, 'INVALID_OPTION', /^qualityFocal: beta needs/],
  ['dice', x, x, { smooth: -1 }, 'INVALID_OPTION', /^dice: smooth needs/],
  [
    'bceWithLogits',
    x,
    x,
    { posWeight: [1, 2] },
    'INVALID_OPTION',
    /^bceWithLogits: posWeight needs an array of 1 or 3 or 6 \(trailing axes\), .* got \[1, 2\]$/,
  ],
  ['bceWithLogits', x, x, { weight: [-1] }, 'INVALID_OPTION', /^bceWithLogits: weight needs/],
  [
    'bceWithLogits',
    x,
    x,
    { posWeight: [1.1e60] },
    'INVALID_OPTION',
    /0 or from 1e-60 to 1e60, got/,
  ],
  ['bceWithLogits', x, x, { posWeight: [1e-61] }, 'INVALID_OPTION', /posWeight needs/],
  ...[5e-324, 1e-309, 9e-302, 1.1e301, 1.7e308].flatMap((n): Wrong[] => [
    ['bceWithLogits', x, x, { weight: [n] }, 'INVALID_OPTION', /weight needs/],
    [
      'crossEntropy',
      x,
      indices(0, 0),
      { weight: [1, n, 1] },
      'INVALID_OPTION',
      /^crossEntropy: weight needs .*, numbers that are 0 or from 1e-301 to 1e301, got/,
    ],
    ['multiMargin', x, indices(0, 0), { weight: [n, 1, 1] }, 'INVALID_OPTION', /weight needs/],
  ]),
  [
    'bceWithLogits',
    x,
    x,
    { weight: 2 },
    'INVALID_OPTION',
    /^bceWithLogits: weight needs .* got 2$/,
  ],
  [
    'crossEntropy',
    x,
    indices(0, 3),
    {},
    'TARGET_CLASS',
    /^crossEntropy: target.data\[1\] needs an integer from 0 to 2 or the ignoreIndex -100, got 3$/,
  ],
  ['crossEntropy', x, indices(0, 0.5), {}, 'TARGET_CLASS', /got 0.5$/],
  ['crossEntropy', x, indices(0, -1), {}, 'TARGET_CLASS', /got -1$/],
  [
    'crossEntropy',
    x,
    indices(0, -100),
    { ignoreIndex: -1 },
    'TARGET_CLASS',
    /ignoreIndex -1, got -100$/,
  ],
  ['crossEntropy', x, { data: 'ab', shape: [2] }, {}, 'TARGET_TYPE', /^crossEntropy: target.data/],
  [
    'crossEntropy',
    x,
    indices(0, 0, 0),
    {},
    'TENSOR_SHAPE',
    /^crossEntropy: target needs the shape \[2\] of input's rows for indices, or \[2,3\] for probabilities, got \[3\]$/,
  ],
  [
    'crossEntropy',
    x,
    { data: [0], shape: [2] },
    {},
    'TENSOR_LENGTH',
    /^crossEntropy: target.data needs 2/,
  ],
  [
    'crossEntropy',
    x,
    floats(2, 4),
    {},
    'TENSOR_SHAPE',
    /^crossEntropy: target needs the shape \[2,3\]/,
  ],
  [
    'crossEntropy',
    x,
    { ...floats(2, 3), data: [0, 0, 0, 0, 0, 1] },
    {},
    'TENSOR_TYPE',
    /a Float32Array/,
  ],
  [
    'crossEntropy',
    x,
    indices(0, 0),
    { weight: [1, 2] },
    'INVALID_OPTION',
    /weight needs an array of 3/,
  ],
  ['crossEntropy', x, indices(0, 0), { labelSmoothing: 2 }, 'INVALID_OPTION', /labelSmoothing/],
  [
    'crossEntropy',
    x,
    indices(0, 0),
    { ignoreIndex: 0.5 },
    'INVALID_OPTION',
    /ignoreIndex needs an integer/,
  ],
  [
    'crossEntropy',
    floats(),
    indices(),
    {},
    'TENSOR_SHAPE',
    /input needs the shape \[N, C, …\] or \[C\]/,
  ],
  [
    'crossEntropy',
    floats(2, 0),
    indices(0, 0),
    {},
    'TENSOR_SHAPE',
    /at least one class, got \[2,0\]$/,
  ],
  ['multiMargin', x, indices(0, 3), {}, 'TARGET_CLASS', /an integer from 0 to 2, got 3$/],
  [
    'multiMargin',
    x,
    indices(0, 0),
    { p: 3 },
    'INVALID_OPTION',
    /^multiMargin: p needs 1 or 2, got 3$/,
  ],
  [
    'crossEntropy',
    x,
    { data: [0, 1], shape: [2, 1] },
    {},
    'TENSOR_SHAPE',
    /^crossEntropy: target needs the shape \[2,3\] of input .*, or \[2\] for indices, got \[2,1\]$/,
  ],
  [
    'distributionFocal',
    x,
    floats(3),
    {},
    'TENSOR_SHAPE',
    /^distributionFocal: target needs the shape \[2\]/,
  ],
  [
    'boxIou',
    x,
    x,
    {},
    'TENSOR_SHAPE',
    /^boxIou: input needs the shape \[…, 4\] \(xyxy, kind 'iou'\), got \[2,3\]$/,
  ],
  ['boxIou', floats(2, 4), floats(2, 4), { kind: 'probiou' }, 'TENSOR_SHAPE', /\[…, 5\]/],
  [
    'boxIou',
    floats(2, 4),
    floats(2, 4),
    { kind: 'IoU' },
    'INVALID_OPTION',
    /^boxIou: kind needs one of/,
  ],
  [
    'boxIou',
    floats(1, 4),
    { data: Float32Array.of(0, 0, -1, 1), shape: [1, 4] },
    {},
    'TARGET_BOX',
    /^boxIou: target needs finite boxes \(xyxy\) of no negative size, got \[0, 0, -1, 1\] for box 0$/,
  ],
  [
    'boxIou',
    floats(1, 4),
    { data: Float32Array.of(0, 0, Infinity, 1), shape: [1, 4] },
    {},
    'TARGET_BOX',
    /for box 0$/,
  ],
  [
    'boxIou',
    floats(1, 5),
    { data: Float32Array.of(0, 0, 1, -1, 0), shape: [1, 5] },
    { kind: 'probiou' },
    'TARGET_BOX',
    /boxes \(xywh and angle\) .* for box 0$/,
  ],
  [
    'mse',
    x,
    floats(2, 3),
    { out: floats(3, 2) },
    'TENSOR_SHAPE',
    /^mse: out needs the shape \[2,3\] of input/,
  ],
  [
    'mse',
    x,
    floats(2, 3),
    { out: null },
    'TENSOR_TYPE',
    /^mse: out needs \{ data, shape \}, got null$/,
  ],
  [
    'mse',
    x,
    floats(2, 3),
    { out: x },
    'OUT_ALIASES_INPUT',
    /^mse: out needs memory .* shared with input$/,
  ],
  [
    'mse',
    { data: whole.subarray(0, 6), shape: [6] },
    { data: whole.subarray(6, 12), shape: [6] },
    { out: { data: whole.subarray(11, 17), shape: [6] } },
    'OUT_ALIASES_INPUT',
    /^mse: out needs memory .* shared with target$/,
  ],
  [
    'bceWithLogits',
    { data: whole.subarray(0, 6), shape: [6] },
    floats(6),
    { posWeight: whole.subarray(6, 12), out: { data: whole.subarray(11, 17), shape: [6] } },
    'OUT_ALIASES_INPUT',
    /^bceWithLogits: out needs memory .* weights$/,
  ],
  [
    'crossEntropy',
    { data: whole.subarray(0, 6), shape: [2, 3] },
    { data: whole.subarray(6, 8), shape: [2] },
    { out: { data: whole.subarray(6, 12), shape: [2, 3] } },
    'OUT_ALIASES_INPUT',
    /^crossEntropy: out needs memory .* target/,
  ],
];

// One backend is enough: arguments are checked before a backend sees them
describe.each(lossBackends.slice(0, 1))('$name: errors', ({ config }) => {
  const named = useLosses(config);

  it.each(wrong)(
    '%s of wrong arguments: %#',
    async (name, input, target, options, code, message) => {
      const call = () => named(name)(input, target, options as object);
      await expectCode(code, call, message);
      const { value } = await named('mse')(floats(2), { ...floats(2), data: new Float32Array(2) });
      expectClose('the next call', value as number, 0.25, 1e-15);
    },
  );

  it('options of null are an error, undefined ones are none', async () => {
    await expectCode('INVALID_OPTION', () => named('mse')(x, x, null as never), /options needs/);
    const { value } = await named('mse')(x, floats(2, 3), {
      reduction: undefined,
      out: undefined,
    });
    expect(value).toBe(0);
  });

  it('an error leaves out as it was', async () => {
    const out = floats(2, 3);
    await expectCode('TARGET_CLASS', () => named('crossEntropy')(x, indices(0, 9), { out }));
    expect(out).toEqual(floats(2, 3));
  });
});
