import { describe, expect, it } from 'vitest';
import { huber } from '../../../src/reference/losses/huber.ts';
import { l1 } from '../../../src/reference/losses/l1.ts';
import { mse } from '../../../src/reference/losses/mse.ts';
import type { Loss } from '../../../src/reference/losses/reduce.ts';
import { smoothL1 } from '../../../src/reference/losses/smooth-l1.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';

const input = { data: [0, 0.3, -0.7, 2, -5, 1, -1, 30], shape: [8] };
const target = { data: [0, 0, 0, 0, 0, 0, 0, -1], shape: [8] };

function expectMultiple(loss: Loss, factor: number, other: Loss): void {
  expectClose('value', Number(loss.value), factor * Number(other.value), 1e-15);
  expectCloseL2(
    'grad',
    loss.grad.data,
    other.grad.data.map((slope) => factor * slope),
    1e-15,
  );
}

describe('regression losses: limits', () => {
  it.each([0.25, 1, 3])('huber with δ = %d is δ · smoothL1 with β = δ, to 1e-15', (delta) => {
    const smooth = smoothL1(input, target, { beta: delta });
    expectMultiple(huber(input, target, { delta }), delta, smooth);
  });

  it('smoothL1 with β = 0 is l1; as β → 0 it tends to it', () => {
    expect(smoothL1(input, target, { beta: 0 })).toEqual(l1(input, target));
    expectMultiple(smoothL1(input, target, { beta: 1e-15 }), 1, l1(input, target));
  });

  it('huber with a large δ is half of mse, to 1e-15', () => {
    expectMultiple(huber(input, target, { delta: 1e3 }), 0.5, mse(input, target));
  });

  it('where parabola and line meet, both have the same value and slope', () => {
    for (const x of [1 - 1e-9, 1, 1 + 1e-9]) {
      const { value, grad } = huber({ data: [x], shape: [1] }, { data: [0], shape: [1] });
      expectClose('value', Number(value), 0.5, 3e-9);
      expectClose('slope', grad.data[0], 1, 3e-9);
    }
  });

  it('l1 of equal numbers has no slope', () => {
    expect(l1(input, input).grad.data.every((slope) => slope === 0)).toBe(true);
  });
});
