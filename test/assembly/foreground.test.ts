import { afterEach, describe, expect, it } from 'vitest';
import { classLoss } from '../../src/reference/classify.ts';
import type { ClassLoss } from '../../src/reference/options.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/** BCE does not use the other parameters. */
const bce: ClassLoss = { kind: 'bce', alpha: 0.5, gamma: 0 };
const gammas = [0, 0.5, 1, 1.5, 2, 2.7, 5];

/** Relative error of the sum: a power multiplies the exponential's error. Reached: 2.9e-10. */
const FOREGROUND_BOUND = 4e-10;
/** Relative error of a gradient that is rounded to float32. */
const ROUNDING = 6e-8;
/** Smallest normal float32, below which rounding is not relative. */
const MIN_NORMAL = 2 ** -126;
/** Absolute error of a loss or gradient where logits are above 0: there 1 − p and p − q are differences. */
const CANCELLATION = 1e-15;

function foreground(
  loss: ClassLoss,
  x: Float32Array,
  q: Float32Array,
  scale = 1,
  factors = x.map(() => 1),
) {
  const count = x.length;
  const spare = 4 * (count % 2);
  const logits = memory.block(x, spare);
  const targets = memory.input(q, spare);
  const weights = memory.input(factors, spare);
  const sum = memory.call('foreground', { ...loss, logits, targets, weights, count, scale });
  const grads = memory.f32(logits, count);
  memory.settle();
  return { sum, grads };
}

function expectForeground(loss: ClassLoss, x: Float32Array, q: Float32Array, scale: number) {
  const { sum, grads } = foreground(loss, x, q, scale);
  const terms = Array.from(x, (logit, i) => classLoss(loss, logit, q[i]));
  const expected = terms.reduce((total, { value }) => total + value, 0);
  const smallest = x.some((logit) => logit > 0) ? CANCELLATION : 0;
  const bound = FOREGROUND_BOUND;
  expectClose(`sum of ${x.length}`, sum, expected, bound, smallest / bound);
  terms.forEach(({ grad }, i) => {
    const size = Math.max(smallest / ROUNDING, MIN_NORMAL);
    expectClose(`gradient at ${x[i]}, ${q[i]}`, grads[i], scale * grad, ROUNDING, size);
  });
}

describe.each([
  bce,
  { ...bce, kind: 'varifocal' as const },
  ...gammas.map((gamma): ClassLoss => ({ kind: 'focal', alpha: 0.3, gamma })),
])('foreground: %j', (loss) => {
  it(`sum to ${FOREGROUND_BOUND} relative, gradients to float32’s rounding`, () => {
    for (const count of lengths) {
      const uniform = uniforms(count);
      const scores = Float32Array.from({ length: count }, () => 1 - uniform());
      expectForeground(loss, normal({ seed: count, mean: -1, std: 3 }, count), scores, 0.37);
    }
  });

  it('logits of ±100 and ±1e4, scores next to 0 and of 1', () => {
    for (const x of [0, -0, 20, -20, 40, -40, 100, -100, 1e4, -1e4]) {
      for (const q of [1e-30, 1e-6, 0.5, 1 - 2 ** -24, 1]) {
        expectForeground(loss, Float32Array.of(x), Float32Array.of(q), 1);
        expectForeground(loss, Float32Array.of(0.3, x), Float32Array.of(0.7, q), 1);
      }
    }
  });

  it('weights are factors; one of 0 leaves out a logit, whatever it is', () => {
    const logits = Float32Array.of(0.3, -2, 1.5, Number.NaN, Infinity, -Infinity);
    const scores = Float32Array.of(0.2, 0.9, 0.4, 0.5, 0.5, Number.NaN);
    const weights = Float32Array.of(0.5, 3, 0, 0, 0, 0);
    const { sum, grads } = foreground(loss, logits, scores, 0.37, weights);
    const terms = [0, 1].map((i) => classLoss(loss, logits[i], scores[i]));
    const expected = 0.5 * terms[0].value + 3 * terms[1].value;
    expectClose('sum', sum, expected, FOREGROUND_BOUND);
    terms.forEach(({ grad }, i) => {
      expectClose(`gradient ${i}`, grads[i], 0.37 * weights[i] * grad, ROUNDING);
    });
    expect([...grads.subarray(2)]).toEqual([0, 0, 0, 0]);
  });

  it('NaN and ±∞ show in the sum', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      for (const at of [0, 1, 2]) {
        const logits = Float32Array.of(1, 1, 1);
        logits[at] = bad;
        const { sum } = foreground(loss, logits, Float32Array.of(0.5, 0.5, 0.5));
        expect(Number.isFinite(sum)).toBe(false);
      }
    }
  });
});
