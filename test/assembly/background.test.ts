import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { BACKGROUND_SCRATCH_BYTES } from '../../src/backend/programs/criteria/kernels.ts';
import { classLoss } from '../../src/reference/classify.ts';
import type { ClassLoss } from '../../src/reference/options.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/**
 * Float32 keeps no e^−|x| below 2^−100 or e^−69: a smaller loss or gradient may be off by as much.
 */
const FLOOR = 1.1e-30;
/** Logits whose loss and gradient as background are next to 0. */
const NEUTRALS = [-69, -1e30];

/** BCE does not use the other parameters. */
const bce: ClassLoss = { kind: 'bce', alpha: 0.5, gamma: 0 };
const gammas = [0, 0.5, 1, 1.5, 2, 2.7, 5];
/** With the weight that the host gives the background, 1 − alpha or alpha, at 1. */
const backgrounds = gammas.flatMap((gamma): ClassLoss[] => [
  { kind: 'focal', alpha: 0, gamma },
  { kind: 'varifocal', alpha: 1, gamma },
]);

/** Relative error of a sum, even of one loss; a power multiplies that of its base. Reached: 0.8 of it. */
const sumBound = ({ gamma }: ClassLoss) => (gamma + 1) * 2.5e-7;
/** Relative error of a gradient; BCE uses the fast e^−|x|, whose error grows with |x|. Reached: 0.9 of it. */
const gradBound = ({ kind, gamma }: ClassLoss, x: number) =>
  kind === 'bce' ? 3e-7 + 6e-8 * Math.abs(x) : (gamma + 1) * 4.5e-7;
/** Relative error of a sum of 10,000: errors of either sign average out. Reached: 6.2e-8. */
const LONG_SUM_BOUND = 1e-7;

interface Rows {
  rows: number;
  /** Floats in front of every row that are no logits. */
  lead: number;
  width: number;
}

function background(
  { kind, gamma }: ClassLoss,
  data: Float32Array,
  { rows, lead, width }: Rows,
  scale: number,
  backward: boolean,
  neutrals: number[] = [],
  zeroCount = 9,
  factors: { rows?: Float32Array; logits?: Float32Array } = {},
) {
  const grad = backward ? memory.block(new Float32Array(data.length).fill(Number.NaN), 12) : 0;
  const zeros = memory.block(new Float32Array(zeroCount).fill(7));
  const sum = memory.call('background', {
    logits: memory.input(data, 12),
    grad,
    rows,
    lead,
    width,
    rowWeights: factors.rows ? memory.input(factors.rows) : 0,
    weights: factors.logits ? memory.input(Float32Array.of(...factors.logits, 0, 0, 0)) : 0,
    neutrals: memory.input(Int32Array.from(neutrals)),
    neutralCount: neutrals.length,
    scratch: memory.block(new Uint8Array(BACKGROUND_SCRATCH_BYTES)),
    kind,
    gamma,
    scale,
    zeros,
    zeroCount,
  });
  expect(memory.f32(zeros, zeroCount)).toEqual(new Float32Array(zeroCount));
  const grads = memory.f32(grad, data.length);
  memory.settle();
  return { sum, grads };
}

/** Rows of the given logits behind leads of NaN. */
function interleave(logits: Float32Array, { rows, lead, width }: Rows): Float32Array {
  const data = new Float32Array(rows * (lead + width)).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    const own = logits.subarray(row * width, (row + 1) * width);
    data.set(own, row * (lead + width) + lead);
  }
  return data;
}

const oneRow = (width: number): Rows => ({ rows: 1, lead: 0, width });

function expectBackground(
  loss: ClassLoss,
  logits: Float32Array,
  shape = oneRow(logits.length),
  bound = sumBound(loss),
) {
  const scale = 0.37;
  const data = interleave(logits, shape);
  const terms = Array.from(logits, (x) => classLoss(loss, x, 0));
  const expected = terms.reduce((sum, { value }) => sum + value, 0);
  const label = `${shape.rows}×(${shape.lead} + ${shape.width})`;
  const { sum } = background(loss, data, shape, scale, false);
  // Neutral logits fill a row's last vector, and the loss of each is not quite 0
  const smallest = (logits.length + 3 * shape.rows) * FLOOR;
  expectClose(`sum of ${label}`, sum, expected, bound, smallest / bound);

  const { sum: again, grads } = background(loss, data, shape, scale, true);
  expect(again).toBe(sum);
  const period = shape.lead + shape.width;
  for (let row = 0; row < shape.rows; row++) {
    const own = grads.subarray(row * period, (row + 1) * period);
    expect(own.subarray(0, shape.lead).every((grad) => grad === 0)).toBe(true);
    own.subarray(shape.lead).forEach((grad, i) => {
      const n = row * shape.width + i;
      const bound = gradBound(loss, logits[n]);
      const expected = scale * terms[n].grad;
      expectClose(`${label}, gradient at ${logits[n]}`, grad, expected, bound, FLOOR / bound);
    });
  }
}

describe.each([bce, ...backgrounds])('background: %j', (loss) => {
  it(`one run: sum to ${sumBound(loss)}, gradients to ${gradBound(loss, 0)} and what |x| adds`, () => {
    // Also around the 16 vectors that share a logarithm
    for (const width of [...lengths, 60, 63, 64, 65, 67, 68, 127, 128, 129, 1000]) {
      expectBackground(loss, normal({ seed: width, mean: -3, std: 3 }, width));
    }
  });

  it(`rows behind leads: the same bounds, the leads become 0`, () => {
    for (const rows of [1, 2, 5, 19]) {
      for (const lead of [4, 8, 64]) {
        for (const width of [1, 2, 3, 5, 7, 8, 33, 63, 80]) {
          const logits = normal({ seed: width, mean: -1, std: 4 }, rows * width);
          expectBackground(loss, logits, { rows, lead, width });
        }
      }
    }
  });

  it('logits of 0, ±20, ±100 and ±1e4, alone and together', () => {
    const sizes = [0, -0, 20, -20, 60, -60, 100, -100, 1e4, -1e4];
    for (const x of sizes) {
      // A sum of equal losses has the error of one, which no other averages out
      const bound = gradBound(loss, Math.min(Math.abs(x), 69));
      for (const length of [1, 67]) {
        expectBackground(loss, new Float32Array(length).fill(x), oneRow(length), bound);
      }
    }
    // So many that the product of their 1 + e overflows, unless a logarithm is taken in time
    expectBackground(loss, new Float32Array(2051));
    expectBackground(loss, new Float32Array(3 * 600), { rows: 600, lead: 4, width: 3 });
    const together = Float32Array.from({ length: 170 }, (_, i) => sizes[(7 * i) % 10]);
    expectBackground(loss, together);
  });

  it(`10,000 logits: sum to ${LONG_SUM_BOUND}`, () => {
    const logits = normal({ seed: 1, mean: -4, std: 3 }, 10_000);
    expectBackground(loss, logits, oneRow(10_000), LONG_SUM_BOUND);
  });

  it('weights of rows and of logits are factors; one of 0 leaves out what it weighs, also NaN', () => {
    for (const width of [1, 3, 8, 80, 200]) {
      for (const lead of [0, 8]) {
        const shape = { rows: 5, lead, width };
        const logits = normal({ seed: width, mean: -1, std: 3 }, 5 * width);
        const rows = Float32Array.of(0.5, 0, 3, 1, 0);
        const own = Float32Array.from({ length: width }, (_, i) => (i % 3) * 0.75);
        for (const factors of [{ rows }, { logits: own }]) {
          const weightOf = (i: number) =>
            factors.rows ? rows[Math.floor(i / width)] : own[i % width];
          const bad = logits.map((x, i) => (weightOf(i) === 0 ? Number.NaN : x));
          const terms = Array.from(logits, (x, i) => {
            const { value, grad } = classLoss(loss, x, 0);
            return weightOf(i) === 0 ? { value: 0, grad: 0 } : { value: weightOf(i) * value, grad };
          });
          const data = interleave(bad, shape);
          const { sum, grads } = background(loss, data, shape, 0.37, true, [], 9, factors);
          const expected = terms.reduce((total, { value }) => total + value, 0);
          // Fewer errors average out in the sum of a logit that has a weight of its own
          expectClose('sum', sum, expected, 2 * sumBound(loss));
          terms.forEach(({ grad }, i) => {
            const at = Math.floor(i / width) * (lead + width) + lead + (i % width);
            const bound = gradBound({ ...loss, kind: 'bce' }, logits[i]) + gradBound(loss, 0);
            expectClose(`gradient ${i}`, grads[at], 0.37 * weightOf(i) * grad, bound, 1e-37);
          });
          expect(background(loss, data, shape, 0.37, false, [], 9, factors).sum).toBe(sum);
        }
      }
    }
  });

  it.each(NEUTRALS)('a logit of %d adds nothing', (neutral) => {
    const logits = normal({ seed: 1, mean: -2, std: 2 }, 9);
    const mixed = Float32Array.from({ length: 18 }, (_, i) => (i % 2 ? neutral : logits[i / 2]));
    const { sum } = background(loss, logits, oneRow(9), 1, false);
    const { sum: same, grads } = background(loss, mixed, oneRow(18), 1, true);
    expectClose('sum', same, sum, sumBound(loss));
    expect(grads.every((grad, i) => i % 2 === 0 || Math.abs(grad) <= FLOOR)).toBe(true);
  });

  it('NaN and ±∞ show in the sum, wherever they stand', () => {
    for (const backward of [false, true]) {
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        for (let at = 0; at < 39; at++) {
          const logits = new Float32Array(39).fill(-2);
          logits[at] = bad;
          const { sum } = background(loss, logits, oneRow(39), 1, backward);
          expect(Number.isFinite(sum)).toBe(false);
        }
      }
    }
  });

  it('NaN of any bits shows in the sum and in its own gradient', () => {
    for (const bits of [0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff, 0x7fffffff, 0x7fc00101]) {
      const logits = new Float32Array(39).fill(-2);
      new Uint32Array(logits.buffer)[17] = bits;
      const { sum, grads } = background(loss, logits, oneRow(39), 1, true);
      expect(sum).toBeNaN();
      expect([...grads.keys()].filter((i) => Number.isNaN(grads[i]))).toEqual([17]);
    }
  });
});

describe.each([bce, ...backgrounds])('background, neutrals: %j', (loss) => {
  /** Expects the result of logits in which neutral ones replace those that do not count. */
  const expectNeutral = (shape: Rows, data: Float32Array, neutrals: number[]) => {
    const neutral = data.slice();
    for (const at of neutrals) neutral[at] = NEUTRALS[0];
    for (const backward of [false, true]) {
      const got = background(loss, data, shape, 0.37, backward, neutrals);
      const expected = background(loss, neutral, shape, 0.37, backward);
      expect(got.sum).toBe(expected.sum);
      if (!backward) continue;
      expect(got.grads).toEqual(expected.grads);
      for (const at of neutrals) expect(Math.abs(got.grads[at])).toBeLessThanOrEqual(FLOOR);
    }
  };

  it('one at every place, or all: the bits of −69 there', () => {
    for (const width of lengths.concat(127, 128, 129, 300)) {
      const logits = normal({ seed: width, mean: -1, std: 3 }, width);
      for (let at = 0; at < width; at += width > 33 ? 13 : 1) {
        expectNeutral(oneRow(width), logits, [at]);
      }
      expectNeutral(oneRow(width), logits, [...logits.keys()]);
    }
  });

  it('random rows and places: the bits of −69 there', () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 9 }),
      lead: fc.constantFrom(0, 4, 64),
      width: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 100, max: 300 })),
      share: fc.constantFrom(0.01, 0.2, 0.9),
      seed: fc.integer(),
    });
    const check = ({ rows, lead, width, share, seed }: Rows & { share: number; seed: number }) => {
      const shape = { rows, lead, width };
      const data = interleave(normal({ seed, mean: -2, std: 4 }, rows * width), shape);
      const uniform = uniforms(seed);
      const isLogit = (at: number) => at % (lead + width) >= lead;
      const neutrals = [...data.keys()].filter((at) => isLogit(at) && uniform() < share);
      expectNeutral(shape, data, neutrals);
    };
    fc.assert(fc.property(cases, check), { seed: 20_260_101, numRuns: 60 });
  });

  it('NaN and ±∞ that do not count do not show', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const logits = new Float32Array(150).fill(-2);
      logits[3] = bad;
      logits[149] = bad;
      expectNeutral(oneRow(150), logits, [3, 149]);
      expect(background(loss, logits, oneRow(150), 1, true, [3]).sum).not.toSatisfy(
        Number.isFinite,
      );
    }
  });
});

describe('background, zeros', () => {
  it.each([0, 1, 2, 3, 4, 5, 1000])('%d of them: filled, and nothing beside them', (count) => {
    background(bce, Float32Array.of(1, 2, 3), oneRow(3), 1, true, [], count);
    background(bce, new Float32Array(0), oneRow(0), 1, false, [], count);
  });
});

describe('background: a gamma beyond use', () => {
  it.each([30, 100])('%d: next to nothing but where p is 1', (gamma) => {
    const loss: ClassLoss = { kind: 'varifocal', alpha: 1, gamma };
    const low = background(loss, Float32Array.of(-9, -5, -3, -2), oneRow(4), 1, true);
    expect(low.sum).toBeLessThan(1e-25);
    expect(low.grads.every((grad) => grad >= 0 && grad < 1e-25)).toBe(true);
    const high = background(loss, Float32Array.of(200), oneRow(1), 1, true);
    expectClose('sum', high.sum, 200, 1e-6);
    expectClose('gradient', high.grads[0], 1, 1e-6);
  });
});
