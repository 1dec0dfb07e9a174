import { describe, expect, it } from 'vitest';
import {
  bceWithLogits,
  binaryCrossEntropy,
} from '../../../src/reference/losses/bce-with-logits.ts';
import { expectClose } from '../../lib/compare.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const input = { data: [0.3, -2, 5, -0.7, 1.1, -3], shape: [2, 3] };
const target = { data: [1, 0, 0.25, 0, 1, 0.5], shape: [2, 3] };
const values = (options = {}) => {
  const { value, grad } = bceWithLogits(input, target, { ...options, reduction: 'none' });
  return { values: [...tensorOf(value).data], grad: [...grad.data] };
};

describe('bceWithLogits', () => {
  it('weight and posWeight repeat over the leading axes', () => {
    const posWeight = [0.5, 2, 3];
    expect(values({ posWeight })).toEqual(values({ posWeight: [...posWeight, ...posWeight] }));
    expect(values({ weight: posWeight })).toEqual(values({ weight: [...posWeight, ...posWeight] }));
    expect(values({ weight: [1], posWeight: [1] })).toEqual(values());
  });

  it('weight scales value and gradient, the mean still divides by the number of elements', () => {
    const plain = values();
    expect(values({ weight: [2] }).grad).toEqual(plain.grad.map((slope) => 2 * slope));
    const mean = plain.values.reduce((sum, value) => sum + 2 * value, 0) / 6;
    expectClose('mean', Number(bceWithLogits(input, target, { weight: [2] }).value), mean, 1e-15);
  });

  it('posWeight 3 counts a positive three times, to 1e-15', () => {
    for (const x of [-4, 0.2, 3]) {
      const [positive, negative] = [binaryCrossEntropy(x, 1, 3), binaryCrossEntropy(x, 0, 3)];
      expectClose('positive', positive.value, 3 * Math.log1p(Math.exp(-x)), 1e-15);
      expect(negative).toEqual(binaryCrossEntropy(x, 0));
    }
  });

  it('a right answer of ±100 keeps the digits of its loss and slope', () => {
    for (const [x, q] of [
      [100, 1],
      [-100, 0],
    ]) {
      const { value, grad } = binaryCrossEntropy(x, q);
      expectClose('value', value, Math.exp(-100), 1e-15);
      expectClose('grad', grad, -Math.sign(x) * Math.exp(-100), 1e-15);
    }
  });
});
