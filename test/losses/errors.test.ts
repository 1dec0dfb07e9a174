import { describe, expect, it } from 'vitest';
import { expectCode } from '../lib/expect-code.ts';
import { useLosses } from '../lib/loss-backends.ts';
import { floats, indices, oneBackend, testWrong } from '../lib/wrong-calls.ts';

const detached = () => {
  const tensor = floats(2, 3);
  structuredClone(tensor.data, { transfer: [tensor.data.buffer] });
  return tensor;
};
const x = floats(2, 3);
const whole = new Float32Array(18);

testWrong([
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
  ['mse', x, x, { delta: 1 }, 'UNKNOWN_OPTION', /^mse: unknown option delta/],
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
]);

describe.each(oneBackend)('$name: errors', ({ config }) => {
  const named = useLosses(config);

  it('an error leaves out as it was', async () => {
    const out = floats(2, 3);
    await expectCode('TARGET_CLASS', () => named('crossEntropy')(x, indices(0, 9), { out }));
    expect(out).toEqual(floats(2, 3));
  });
});
