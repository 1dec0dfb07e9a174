import { describe, expect, it } from 'vitest';
import { hinge } from '../../../src/reference/losses/hinge.ts';
import { multiMargin } from '../../../src/reference/losses/multi-margin.ts';
import { squaredHinge } from '../../../src/reference/losses/squared-hinge.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const scores = { data: [0.1, 0.2, 0.4, 0.8], shape: [1, 4] };
const last = { data: [3], shape: [1] };
const value = (options: object) => Number(multiMargin(scores, last, options).value);

describe('hinge', () => {
  const input = { data: [-2, 0.25, 1, 3, -2, 0.25], shape: [6] };
  const target = { data: [1, 1, 1, 1, -1, -1], shape: [6] };

  it('is 1 − t·x where that is above 0, with slope −t', () => {
    const { value, grad } = hinge(input, target, { reduction: 'none' });
    expect([...tensorOf(value).data]).toEqual([3, 0.75, 0, 0, 0, 1.25]);
    expect([...grad.data]).toEqual([-1, -1, 0, 0, 0, 1]);
  });

  it('squaredHinge is its square, with slope −2t·hinge', () => {
    const { value, grad } = squaredHinge(input, target, { reduction: 'none' });
    expect([...tensorOf(value).data]).toEqual([9, 0.5625, 0, 0, 0, 1.5625]);
    expect([...grad.data]).toEqual([-6, -1.5, 0, 0, 0, 2.5]);
  });
});

describe('multiMargin', () => {
  // Shortfalls by hand: 1 − (0.8 − 0.1), 1 − (0.8 − 0.2), 1 − (0.8 − 0.4) = 0.3, 0.4, 0.6
  it('is the mean shortfall over all classes, by hand', () => {
    expectClose('p = 1', value({}), (0.3 + 0.4 + 0.6) / 4, 1e-15);
    expectClose('p = 2', value({ p: 2 }), (0.09 + 0.16 + 0.36) / 4, 1e-15);
    expectClose('margin', value({ margin: 0.5 }), 0.1 / 4, 1e-14);
    expectClose('weight', value({ weight: [9, 9, 9, 2] }), (2 * 1.3) / 4, 1e-15);
  });

  it('each class that is too near is pushed down, the target up by their sum', () => {
    const { grad } = multiMargin(scores, last, { p: 2 });
    expectCloseL2('grad', grad.data, [0.15, 0.2, 0.3, -0.65], 1e-14);
  });

  it('the mean divides by rows, whatever the weights', () => {
    const two = { data: [...scores.data, ...scores.data], shape: [2, 4] };
    const target = { data: [3, 3], shape: [2] };
    const { value: mean } = multiMargin(two, target, { weight: [1, 1, 1, 5] });
    expectClose('mean', Number(mean), (5 * 1.3) / 4, 1e-15);
  });

  it('of two classes is half a hinge of their difference', () => {
    const pair = { data: [0.3, 0.1], shape: [2] };
    const difference = { data: [0.3 - 0.1], shape: [1] };
    const single = hinge(difference, { data: [1], shape: [1] });
    const { value: half } = multiMargin(pair, { data: [0], shape: [] });
    expectClose('half', Number(half), Number(single.value) / 2, 1e-15);
  });
});
