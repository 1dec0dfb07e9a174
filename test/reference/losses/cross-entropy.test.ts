import { describe, expect, it } from 'vitest';
import {
  type CrossEntropyOptions,
  crossEntropy,
} from '../../../src/reference/losses/cross-entropy.ts';
import type { Values } from '../../../src/reference/losses/reduce.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { normal } from '../../lib/random.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const [rows, classes] = [5, 4];
const input = {
  data: normal({ seed: 5, mean: 0, std: 3 }, rows * classes),
  shape: [rows, classes],
};
const labels = { data: [2, 0, 3, 1, 2], shape: [rows] };
const weight = [0.5, 2, 1.25, 3];

const oneHot = (smoothing = 0) => ({
  data: labels.data.flatMap((y) =>
    Array.from(
      { length: classes },
      (_, c) => (1 - smoothing) * Number(c === y) + smoothing / classes,
    ),
  ),
  shape: input.shape,
});
const none = (target: Values, options: CrossEntropyOptions = {}, from: Values = input) => {
  const { value, grad } = crossEntropy(from, target, { ...options, reduction: 'none' });
  return { values: [...tensorOf(value).data], grad: [...grad.data] };
};
const mean = (target: Values, options: CrossEntropyOptions = {}, from: Values = input) =>
  Number(crossEntropy(from, target, options).value);

describe('crossEntropy', () => {
  it('a row is log Σ e^x − x of its class, to 1e-14', () => {
    none(labels).values.forEach((value, n) => {
      const logits = input.data.subarray(n * classes, (n + 1) * classes);
      const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
      expectClose(`row ${n}`, value, Math.log(sum) - logits[labels.data[n]], 1e-14, 1);
    });
  });

  it('even logits cost log C, one class costs nothing', () => {
    const even = { data: [7, 7, 7, 7], shape: [4] };
    expectClose('even', mean({ data: [1], shape: [] }, {}, even), Math.log(4), 1e-15);
    expect(mean({ data: [0], shape: [] }, {}, { data: [7], shape: [1] })).toBe(0);
  });

  it('one-hot probabilities give what indices give, with weights and smoothing too, to 1e-14', () => {
    for (const options of [
      {},
      { weight },
      { labelSmoothing: 0.3 },
      { weight, labelSmoothing: 1 },
    ]) {
      const [indices, probabilities] = [none(labels, options), none(oneHot(), options)];
      expectCloseL2('values', probabilities.values, indices.values, 1e-14);
      expectCloseL2('grad', probabilities.grad, indices.grad, 1e-14);
    }
  });

  it('smoothing is a target of (1 − ε) · one-hot + ε/C, to 1e-14', () => {
    const smoothed = none(labels, { labelSmoothing: 0.2, weight });
    const mixed = none(oneHot(0.2), { weight });
    expectCloseL2('values', smoothed.values, mixed.values, 1e-14);
    expectCloseL2('grad', smoothed.grad, mixed.grad, 1e-14);
  });

  it('the mean of indices divides by the weights of the target classes, that of probabilities by rows', () => {
    const total = none(labels, { weight }).values.reduce((sum, value) => sum + value, 0);
    const weights = labels.data.reduce((sum, y) => sum + weight[y], 0);
    expectClose('indices', mean(labels, { weight }), total / weights, 1e-14);
    expectClose('probabilities', mean(oneHot(), { weight }), total / rows, 1e-14);
    expectClose(
      'smoothed',
      mean(labels, { labelSmoothing: 0.2, weight }) * weights,
      none(labels, { labelSmoothing: 0.2, weight }).values.reduce((sum, value) => sum + value, 0),
      1e-14,
    );
  });

  it('an ignored row is as good as absent', () => {
    const kept = { data: input.data.subarray(classes), shape: [rows - 1, classes] };
    const keptLabels = { data: labels.data.slice(1), shape: [rows - 1] };
    for (const options of [{}, { weight }, { weight, labelSmoothing: 0.1 }]) {
      for (const ignoreIndex of [-100, 255]) {
        const ignored = { data: [ignoreIndex, ...keptLabels.data], shape: [rows] };
        const all = { ...options, ignoreIndex };
        expectClose('mean', mean(ignored, all), mean(keptLabels, options, kept), 1e-15);
        const { values, grad } = none(ignored, all);
        expect([values[0], ...grad.slice(0, classes)]).toEqual([0, 0, 0, 0, 0]);
      }
    }
  });

  it('all rows ignored: mean NaN as in PyTorch, sum 0, gradient 0', () => {
    const target = { data: new Array(rows).fill(-100), shape: [rows] };
    const { value, grad } = crossEntropy(input, target);
    expect(value).toBeNaN();
    expect(crossEntropy(input, target, { reduction: 'sum' }).value).toBe(0);
    expect(grad.data.every((slope) => slope === 0)).toBe(true);
  });

  it('[N, C, d] is the rows of [N·d, C], in another order', () => {
    const transposed = { data: new Float64Array(rows * classes), shape: [1, classes, rows] };
    input.data.forEach((x, i) => {
      transposed.data[(i % classes) * rows + Math.floor(i / classes)] = x;
    });
    const target = { data: labels.data, shape: [1, rows] };
    expect(none(target, { weight }, transposed).values).toEqual(none(labels, { weight }).values);
    const { value } = crossEntropy(transposed, target, { reduction: 'none' });
    expect(tensorOf(value).shape).toEqual([1, rows]);
    expect(mean(target, { weight }, transposed)).toBe(mean(labels, { weight }));
  });

  it('a class that is all but certain keeps the digits of its loss and slope', () => {
    const certain = { data: [100, 0], shape: [1, 2] };
    const { values, grad } = none({ data: [0], shape: [1] }, {}, certain);
    expectClose('value', values[0], Math.exp(-100), 1e-14);
    expectCloseL2('grad', grad, [-Math.exp(-100), Math.exp(-100)], 1e-14);
  });
});
