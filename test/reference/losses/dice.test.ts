import { describe, expect, it } from 'vitest';
import { dice } from '../../../src/reference/losses/dice.ts';
import { sigmoid } from '../../../src/reference/sigmoid.ts';
import { expectClose } from '../../lib/compare.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const input = { data: [3, -1, 0.5, -4, 100, -100, 2, 0], shape: [2, 2, 2] };
const target = { data: [1, 0, 1, 0, 1, 0, 0.5, 0], shape: [2, 2, 2] };

describe('dice', () => {
  it.each([0, 1])('is 1 − (2Σpt + s)/(Σp + Σt + s) of each row, s = %d, to 1e-14', (smooth) => {
    const { value } = dice(input, target, { smooth, reduction: 'none' });
    const { data, shape } = tensorOf(value);
    expect(shape).toEqual([2]);
    data.forEach((loss, row) => {
      const p = input.data.slice(4 * row, 4 * row + 4).map(sigmoid);
      const t = target.data.slice(4 * row, 4 * row + 4);
      const sum = (values: number[]) => values.reduce((total, x) => total + x, 0);
      const both = 2 * sum(p.map((x, i) => x * t[i])) + smooth;
      expectClose(`row ${row}`, loss, 1 - both / (sum(p) + sum(t) + smooth), 1e-14);
    });
  });

  it('equal masks cost next to nothing, and that keeps its digits; two empty ones too', () => {
    const mask = { data: [100, -100], shape: [1, 2] };
    const { value } = dice(mask, { data: [1, 0], shape: [1, 2] });
    // The difference 2e^−100 over Σp + Σt + 1 = 3
    expectClose('equal', Number(value), (2 * Math.exp(-100)) / 3, 1e-14);
    const empty = dice({ data: [-100, -100], shape: [1, 2] }, { data: [0, 0], shape: [1, 2] });
    expectClose('empty', Number(empty.value), 2 * Math.exp(-100), 1e-14);
  });

  it('a vector is one row', () => {
    const vector = dice({ data: input.data, shape: [8] }, { data: target.data, shape: [8] });
    const row = dice({ data: input.data, shape: [1, 8] }, { data: target.data, shape: [1, 8] });
    expect(vector.value).toBe(row.value);
    expect(vector.grad.shape).toEqual([8]);
  });
});
