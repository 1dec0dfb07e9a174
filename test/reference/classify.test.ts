import { describe, expect, it } from 'vitest';
import { classLoss } from '../../src/reference/classify.ts';
import { binaryCrossEntropy } from '../../src/reference/losses/bce-with-logits.ts';
import { focalTerm } from '../../src/reference/losses/focal.ts';
import { varifocalTerm } from '../../src/reference/losses/varifocal.ts';
import type { ClassLoss } from '../../src/reference/options.ts';
import { sigmoid, softplus } from '../../src/reference/sigmoid.ts';
import { expectClose } from '../lib/compare.ts';

const logits = [-100, -30, -8.3, -1.7, -1e-3, 0, 0.4, 3.1, 30, 100];
const softTargets = [0, 1e-6, 0.3, 0.5, 0.9, 1];
const losses: ClassLoss[] = [
  { kind: 'bce', alpha: 0.75, gamma: 2 },
  ...(['focal', 'varifocal'] as const).flatMap((kind) =>
    [0, 0.5, 1, 2, 2.7].map((gamma) => ({ kind, alpha: 0.3, gamma })),
  ),
];

function forAll(check: (x: number, q: number) => void) {
  for (const x of logits) for (const q of softTargets) check(x, q);
}

describe.each(losses)('classLoss: %j', (loss) => {
  // Relative to the loss, the rounding of which the difference cannot see past
  it('gradient equals central differences to 1e-8', () => {
    forAll((x, q) => {
      const [above, below] = [classLoss(loss, x + 1e-5, q), classLoss(loss, x - 1e-5, q)];
      const { value, grad } = classLoss(loss, x, q);
      const numeric = (above.value - below.value) / 2e-5;
      expectClose(`grad at ${x}, ${q}`, grad, numeric, 1e-8, Math.max(1, value));
    });
  });

  it('is finite and not negative at ±1e4 logits', () => {
    for (const x of [-1e4, -1e3, 1e3, 1e4]) {
      for (const q of softTargets) {
        const { value, grad } = classLoss(loss, x, q);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1e4);
        expect(Math.abs(grad)).toBeLessThanOrEqual(3e4 * (1 + loss.gamma));
      }
    }
  });
});

describe('classLoss: limits', () => {
  it('bce equals −q·log p − (1 − q)·log(1 − p) to 1e-12 at moderate logits', () => {
    for (const x of [-8.3, -1.7, 0, 0.4, 3.1]) {
      for (const q of softTargets) {
        const p = 1 / (1 + Math.exp(-x));
        const expected = -q * Math.log(p) - (1 - q) * Math.log(1 - p);
        expectClose('bce', binaryCrossEntropy(x, q).value, expected, 1e-12);
      }
    }
  });

  it('focal with gamma 0 and alpha 0.5 is half of bce, to 1e-15', () => {
    forAll((x, q) => {
      const [half, bce] = [focalTerm(x, q, 0.5, 0), binaryCrossEntropy(x, q)];
      expectClose('value', half.value, bce.value / 2, 1e-15);
      expectClose('grad', half.grad, bce.grad / 2, 1e-15);
    });
  });

  it('focal with a hard target equals −α·(1 − p)^γ·log p to 1e-12', () => {
    const p = sigmoid(0.7);
    const expected = -0.25 * (1 - p) ** 2 * Math.log(p);
    expectClose('q = 1', focalTerm(0.7, 1, 0.25, 2).value, expected, 1e-12);
    expectClose('q = 0', focalTerm(-0.7, 0, 0.25, 2).value, 3 * expected, 1e-12);
  });

  it('varifocal with alpha 1 and gamma 0 is bce on background, q · bce elsewhere, exactly', () => {
    forAll((x, q) => {
      const bce = binaryCrossEntropy(x, q);
      const weight = q === 0 ? 1 : q;
      expect(varifocalTerm(x, q, 1, 0).value).toBe(weight * bce.value);
    });
  });

  it('an infinite logit is not finite in any class loss', () => {
    for (const x of [Infinity, -Infinity]) {
      for (const { value } of [
        binaryCrossEntropy(x, 0),
        focalTerm(x, 0, 0.25, 2),
        varifocalTerm(x, 0, 1, 2),
      ]) {
        expect(Number.isFinite(value)).toBe(false);
      }
    }
  });

  it('softplus and sigmoid keep small results: at −700, e^−700 to 1e-12', () => {
    expectClose('softplus', softplus(-700), Math.exp(-700), 1e-12);
    expectClose('sigmoid', sigmoid(-700), Math.exp(-700), 1e-12);
  });
});
