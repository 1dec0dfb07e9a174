import { afterEach, describe, expect, it } from 'vitest';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Relative: the errors of exponential and logarithm, times their powers. Reached: 1.3e-10. */
const BOUND = 3e-10;
/** The kernel has no denormal alignments: below it they are 0. */
const MIN_NORMAL = 2 ** -1022;

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

const exponents = [0, 0.5, 1, 2.7, 6].flatMap((alpha) =>
  [0, 0.5, 1, 3, 6].map((beta) => ({ alpha, beta })),
);

function align(
  logits: ArrayLike<number>,
  overlaps: ArrayLike<number>,
  { alpha, beta }: { alpha: number; beta: number },
): Float64Array {
  const count = logits.length;
  const spare = 4 * (count % 2);
  const at = {
    logits: memory.input(Float32Array.from(logits), spare),
    overlaps: memory.input(Float32Array.from(overlaps), spare),
    alignments: memory.block(new Float64Array(count), 2 * spare),
  };
  kernels.align(at.logits, at.overlaps, count, alpha, beta, at.alignments);
  const alignments = memory.f64(at.alignments, count);
  memory.settle();
  return alignments;
}

describe.each(exponents)('align: alpha $alpha, beta $beta', (power) => {
  const { alpha, beta } = power;

  it(`sigmoid(logit)^alpha · overlap^beta to ${BOUND}, relative`, () => {
    for (const count of lengths) {
      const uniform = uniforms(count);
      const logits = normal({ seed: count, mean: -2, std: 4 }, count);
      const overlaps = Float32Array.from({ length: count }, uniform);
      align(logits, overlaps, power).forEach((alignment, i) => {
        const expected = sigmoid(logits[i]) ** alpha * overlaps[i] ** beta;
        expectClose(`${i} of ${count}`, alignment, expected, BOUND);
      });
    }
  });

  it(`logits of ±100, −600 and ±1e4, overlaps of 0, 1 and next to 0: to ${BOUND}`, () => {
    const overlaps = [0, 1, 2 ** -24, 1e-30, 1.4e-45].map(Math.fround);
    for (const logit of [-1e4, -600, -100, -30, 0, 30, 100, 1e4]) {
      const logits = overlaps.map(() => logit);
      align(logits, overlaps, power).forEach((alignment, i) => {
        const exact = sigmoid(logit) ** alpha * overlaps[i] ** beta;
        const expected = exact < MIN_NORMAL ? 0 : exact;
        expectClose(`${logit}, ${overlaps[i]}`, alignment, expected, BOUND);
      });
    }
  });

  it('NaN becomes infinity, and leaves its neighbour alone', () => {
    const [good] = align([1], [0.5], power);
    expect([...align([Number.NaN, 1], [0.5, 0.5], power)]).toEqual([Infinity, good]);
    expect([...align([1, Number.NaN], [0.5, 0.5], power)]).toEqual([good, Infinity]);
    expect([...align([1, 1], [Number.NaN, 0.5], power)]).toEqual([Infinity, good]);
    expect([...align([1, 1], [0.5, Number.NaN], power)]).toEqual([good, Infinity]);
  });

  it('an infinite logit becomes infinity', () => {
    expect([...align([Infinity, -Infinity], [0.5, 0.5], power)]).toEqual([Infinity, Infinity]);
  });
});
