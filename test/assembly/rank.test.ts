import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { chooseAnchors } from '../../src/reference/topk.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Relative error: those of exponential and logarithm, times their powers. Reached: 1.7e-10. */
const BOUND = 3e-10;
/** The kernel has no denormal alignments: below it they are 0. */
const MIN_NORMAL = 2 ** -1022;

interface Powers {
  alpha: number;
  beta: number;
}

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

function rank(
  logits: ArrayLike<number>,
  overlaps: ArrayLike<number>,
  powers: Powers,
  topk = 1,
): { alignments: Float64Array; chosen: number[] } {
  const count = logits.length;
  const spare = 4 * (count % 2);
  const alignments = memory.block(new Float64Array(count), 2 * spare);
  const chosen = memory.block(new Int32Array(Math.min(count, topk)).fill(-1));
  const size = memory.call('rank', {
    logits: memory.input(Float32Array.from(logits), spare),
    overlaps: memory.input(Float32Array.from(overlaps), spare),
    count,
    ...powers,
    topk,
    alignments,
    chosen,
  });
  const ranked = {
    alignments: memory.f64(alignments, count),
    chosen: [...memory.i32(chosen, size)],
  };
  memory.settle();
  return ranked;
}

const align = (logits: ArrayLike<number>, overlaps: ArrayLike<number>, powers: Powers) =>
  rank(logits, overlaps, powers).alignments;

const exponents = [0, 0.5, 1, 2.7, 6].flatMap((alpha) =>
  [0, 0.5, 1, 3, 6].map((beta) => ({ alpha, beta })),
);

describe.each(exponents)('rank: alpha $alpha, beta $beta', (powers) => {
  const { alpha, beta } = powers;
  const exact = (logit: number, overlap: number) =>
    overlap === 0 ? 0 : sigmoid(logit) ** alpha * overlap ** beta;

  it(`sigmoid(logit)^alpha · overlap^beta to ${BOUND}, relative`, () => {
    for (const count of lengths) {
      const uniform = uniforms(count);
      const logits = normal({ seed: count, mean: -2, std: 4 }, count);
      const overlaps = Float32Array.from({ length: count }, uniform);
      align(logits, overlaps, powers).forEach((alignment, i) => {
        expectClose(`${i} of ${count}`, alignment, exact(logits[i], overlaps[i]), BOUND);
      });
    }
  });

  it(`logits of ±100, −600 and ±1e4, overlaps of 0, 1 and next to 0: to ${BOUND}`, () => {
    const overlaps = [0, 1, 2 ** -24, 1e-30, 1.4e-45].map(Math.fround);
    for (const logit of [-1e4, -600, -100, -30, 0, 30, 100, 1e4]) {
      const logits = overlaps.map(() => logit);
      align(logits, overlaps, powers).forEach((alignment, i) => {
        const value = exact(logit, overlaps[i]);
        const expected = value < MIN_NORMAL ? 0 : value;
        expectClose(`${logit}, ${overlaps[i]}`, alignment, expected, BOUND);
      });
    }
  });

  it('overlaps of 0 and −0 align by 0, those below 0 whatever the logit', () => {
    const logits = [-1e4, -1, 0, 2, 1e4];
    for (const zero of [0, -0]) {
      const overlaps = logits.map(() => zero);
      expect(rank(logits, overlaps, powers, 5)).toEqual({
        alignments: new Float64Array(5),
        chosen: [],
      });
    }
    const wild = [...logits, Infinity, -Infinity, Number.NaN];
    for (const below of [-1, -1e-45, -Infinity]) {
      const overlaps = wild.map(() => below);
      const none = { alignments: new Float64Array(8), chosen: [] };
      expect(rank(wild, overlaps, powers, 8)).toEqual(none);
    }
  });

  it('NaN becomes infinity, and leaves its neighbour alone', () => {
    const [good] = align([1], [0.5], powers);
    expect([...align([Number.NaN, 1], [0.5, 0.5], powers)]).toEqual([Infinity, good]);
    expect([...align([1, Number.NaN], [0.5, 0.5], powers)]).toEqual([good, Infinity]);
    expect([...align([1, 1], [Number.NaN, 0.5], powers)]).toEqual([Infinity, good]);
    expect([...align([1, 1], [0.5, Number.NaN], powers)]).toEqual([good, Infinity]);
    expect([...align([Number.NaN, 1], [0, 0.5], powers)]).toEqual([Infinity, good]);
  });

  it('an infinite logit becomes infinity', () => {
    expect([...align([Infinity, -Infinity], [0.5, 0.5], powers)]).toEqual([Infinity, Infinity]);
  });
});

/** Overlaps are their own alignments by these powers. */
const OVERLAP_ALONE = { alpha: 0, beta: 1 };

/** Ranks overlaps, of which NaN is an infinite alignment; chosen indices, ascending. */
function choose(overlaps: readonly number[], topk: number, powers: Powers = OVERLAP_ALONE) {
  const logits = new Float32Array(overlaps.length);
  const { alignments, chosen } = rank(logits, overlaps, powers, topk);
  return { alignments, chosen: chosen.sort((a, b) => a - b) };
}

/** Fails unless those are chosen that the reference chooses by the same alignments, powers of overlaps. */
function expectSorted(
  overlaps: readonly number[],
  topk: number,
  powers: Powers = OVERLAP_ALONE,
): void {
  const { alignments, chosen } = choose(overlaps, topk, powers);
  const exact = overlaps.map((overlap) => Math.fround(overlap) ** powers.beta);
  expect([...alignments]).toEqual(exact.map((power) => (Number.isNaN(power) ? Infinity : power)));
  const target = { source: 0, cls: 0, box: [0, 0, 1, 1], ignored: false };
  const fitOf = (anchor: number) => ({ alignment: alignments[anchor], overlap: 1 });
  const expected = chooseAnchors(fitOf, target, alignments.length, topk);
  expect(chosen).toEqual(expected.sort((a, b) => a - b));
}

describe('rank: topk', () => {
  const fillings: Record<string, (i: number, u: () => number) => number> = {
    random: (_, u) => u(),
    ascending: (i) => 1e-3 * (i + 1),
    descending: (i) => 1 / (i + 1),
    'all equal': () => 0.25,
    'of four values': (_, u) => Math.floor(4 * u()) / 4,
    'all 0': () => 0,
    infinite: () => Number.NaN,
    'next to 0': (_, u) => 2 ** -146 * Math.floor(3 * u()),
  };
  const names = Object.keys(fillings);

  it.each(names)('alignments %s: for k of 1 to n + 5 those that sort first', (name) => {
    // The seventh power of 2^−146 is the least alignment above 0
    const powers = name === 'next to 0' ? { alpha: 0, beta: 7 } : OVERLAP_ALONE;
    for (const count of lengths) {
      const uniform = uniforms(count);
      const overlaps = Array.from({ length: count }, (_, i) => fillings[name](i, uniform));
      for (let k = 1; k <= count + 5; k++) expectSorted(overlaps, k, powers);
    }
  });

  it('ties go to the lower index, 0 is never chosen', () => {
    expect(choose([0.1, 0.3, 0.2, 0.3, 0.3], 2).chosen).toEqual([1, 3]);
    const least = choose([0, 0.5, 0, 2 ** -146, 0], 4, { alpha: 0, beta: 7 });
    expect(least.alignments[3]).toBe(MIN_NORMAL);
    expect(least.chosen).toEqual([1, 3]);
  });

  it('random alignments, many of them equal, 0 or infinite', () => {
    const overlap = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 0.25, 0.5, 1, Number.NaN),
    );
    const overlaps = fc.array(overlap, { maxLength: 200 });
    const check = (own: number[], topk: number) => expectSorted(own, topk);
    fc.assert(fc.property(overlaps, fc.integer({ min: 1, max: 40 }), check), {
      seed: 20_260_101,
      numRuns: 300,
    });
  });
});
