import { describe, expect, it } from 'vitest';
import { bceWithLogits } from '../../../src/reference/losses/bce-with-logits.ts';
import { focal } from '../../../src/reference/losses/focal.ts';
import { qualityFocal } from '../../../src/reference/losses/quality-focal.ts';
import type { Loss } from '../../../src/reference/losses/reduce.ts';
import { varifocal } from '../../../src/reference/losses/varifocal.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

// classify.test.ts shows that the terms are those of the papers
const logits = [-8.3, -1.7, 0, 0.4, 3.1, 20];
const pairs = logits.flatMap((x) => [0, 0.3, 1].map((t) => [x, t]));
const input = { data: pairs.map(([x]) => x), shape: [6, 3] };
const target = { data: pairs.map(([, t]) => t), shape: [6, 3] };
const zeros = { data: pairs.map(() => 0), shape: [6, 3] };

function expectMultiple(loss: Loss, factor: number, other: Loss): void {
  expectClose('value', Number(loss.value), factor * Number(other.value), 1e-15);
  expectCloseL2(
    'grad',
    loss.grad.data,
    other.grad.data.map((slope) => factor * slope),
    1e-15,
  );
}

describe('focal losses: limits', () => {
  const bce = bceWithLogits(input, target);

  it('focal with γ = 0 and α = 0.5 is half of bce, qualityFocal with β = 0 is bce', () => {
    expectMultiple(focal(input, target, { alpha: 0.5, gamma: 0 }), 0.5, bce);
    expectMultiple(qualityFocal(input, target, { beta: 0 }), 1, bce);
  });

  it('varifocal of background with γ = 0 is α · bce, with γ = 2 focal without its 1 − α', () => {
    const background = bceWithLogits(input, zeros);
    expectMultiple(varifocal(input, zeros, { alpha: 0.6, gamma: 0 }), 0.6, background);
    const focused = focal(input, zeros, { alpha: 0, gamma: 2 });
    expectMultiple(varifocal(input, zeros, { alpha: 0.6, gamma: 2 }), 0.6, focused);
  });

  it('qualityFocal of hard targets is focal without α, to 1e-15', () => {
    const hard = { data: pairs.map(([, t]) => Math.round(t)), shape: [6, 3] };
    expectMultiple(qualityFocal(input, hard), 2, focal(input, hard, { alpha: 0.5, gamma: 2 }));
  });
});

describe('focal', () => {
  it('of targets beyond [0, 1] has the gradient of its value, to 1e-7', () => {
    const at = (x: number, t: number, gamma: number) =>
      focal({ data: [x], shape: [1] }, { data: [t], shape: [1] }, { gamma, reduction: 'sum' });
    const step = 1e-5;
    for (const gamma of [1, 2, 3]) {
      for (const [x, t] of [
        [-2, -3],
        [0.7, 5],
        [3, 5],
      ]) {
        const [above, below] = [step, -step].map((h) => Number(at(x + h, t, gamma).value));
        const slope = (above - below) / (2 * step);
        expectClose(`${x}, ${t}`, at(x, t, gamma).grad.data[0], slope, 1e-7);
      }
    }
  });
});

describe('qualityFocal', () => {
  it('is −|t − p|^β · ((1 − t)·log(1 − p) + t·log p) to 1e-12, at moderate logits', () => {
    const { value } = qualityFocal(input, target, { beta: 1.5, reduction: 'none' });
    pairs.forEach(([x, t], i) => {
      if (x > 4) return;
      const p = 1 / (1 + Math.exp(-x));
      const expected = -(Math.abs(t - p) ** 1.5) * ((1 - t) * Math.log(1 - p) + t * Math.log(p));
      expectClose(`${x}, ${t}`, tensorOf(value).data[i], expected, 1e-12);
    });
  });

  it('of a prediction that equals its target is 0 and flat', () => {
    const { value, grad } = qualityFocal({ data: [0], shape: [1] }, { data: [0.5], shape: [1] });
    expect([value, ...grad.data]).toEqual([0, 0]);
  });
});
