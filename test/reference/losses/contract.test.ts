import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as losses from '../../../src/reference/losses/index.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { differencesAt, someIndices } from '../../lib/differences.ts';
import {
  buildLossCase,
  type LossCase,
  type LossName,
  lossNames,
  lossRecipes,
} from '../../lib/loss-cases.ts';
import { extremes } from '../../lib/loss-extremes.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

/** The seed is fixed, so that a run fails because of a change and not by chance. */
const RUNS = { seed: 20_260_103, numRuns: 80 };
const STEP = 1e-5;
/** Resolution of a difference at that step, for sums up to some hundred. Reached: 1e-8. */
const BOUND = 3e-8;
/** Number of inputs by which a case is differentiated, to save time. */
const MOST_INPUTS = 40;

type Loss = (input: losses.Values, target: losses.Values, options: object) => losses.Loss;
const byName = { ...losses } as Record<LossName, Loss>;

describe.each(lossNames)('%s, random shapes', (name) => {
  const loss = byName[name];
  const forAll = (check: (problem: LossCase) => void) => {
    const property = fc.property(lossRecipes(name), (recipe) => check(buildLossCase(name, recipe)));
    fc.assert(property, RUNS);
  };

  it(`gradient equals central differences to ${BOUND} relative L2, or absolute below 0.01`, () => {
    forAll(({ input, target, options }) => {
      if ('kind' in options && options.kind === 'ciou') return; // α is held constant, see iou.test.ts
      const data = Float64Array.from(input.data);
      const sum = { ...options, reduction: 'sum' };
      const f = () => Number(loss({ data, shape: input.shape }, target, sum).value);
      const indices = someIndices(data.length, MOST_INPUTS);
      const numeric = differencesAt(data, indices, f, STEP);
      const { grad } = loss(input, target, sum);
      const exact = indices.map((i) => grad.data[i]);
      expectCloseL2('grad', [...exact, 1e-2], [...numeric, 1e-2], BOUND);
    });
  });

  it('sum is Σ none with the same gradient, mean is a share of it, all to 1e-12', () => {
    forAll(({ input, target, options }) => {
      const reduced = (reduction: losses.Reduction) =>
        loss(input, target, { ...options, reduction });
      const [none, sum, mean] = [reduced('none'), reduced('sum'), reduced('mean')];
      for (const { grad } of [none, sum, mean]) expect(grad.shape).toEqual(input.shape);
      const { data, shape } = tensorOf(none.value);
      expect(data.length).toBe(shape.reduce((product, n) => product * n, 1));
      const total = data.reduce((a, b) => a + b, 0);
      expectClose('sum', Number(sum.value), total, 1e-12, 1e-12);
      expectCloseL2('grad of sum', sum.grad.data, none.grad.data, 0);

      const divisor = Number(sum.value) / Number(mean.value);
      if (!(divisor > 0)) return; // no loss, or no row counts
      if (name !== 'crossEntropy') expectClose('divisor', divisor, data.length, 1e-12);
      const share = sum.grad.data.map((slope) => slope / divisor);
      expectCloseL2('grad of mean', mean.grad.data, share, 1e-12);
    });
  });

  it('mean is the default', () => {
    forAll(({ input, target, options }) => {
      expect(loss(input, target, options)).toEqual(
        loss(input, target, { ...options, reduction: 'mean' }),
      );
    });
  });

  it('neither input nor target is changed', () => {
    forAll(({ input, target, options }) => {
      const before = [[...input.data], [...target.data]];
      loss(input, target, options);
      expect([[...input.data], [...target.data]]).toEqual(before);
    });
  });
});

describe.each(extremes)('$name: extremes, $options', ({ name, inputs, targets, options = {} }) => {
  const loss = byName[name];

  it('logits of ±100 and targets of exactly 0 and 1 are finite and not negative', () => {
    for (const x of inputs) {
      for (const t of targets) {
        const { value, grad } = loss(
          { data: [x], shape: [1] },
          { data: [t], shape: [1] },
          { ...options, reduction: 'sum' },
        );
        expect(
          [value, ...grad.data].every((n) => Number.isFinite(n)),
          `${x}, ${t}`,
        ).toBe(true);
        // A divergence has terms of both signs: only a sum over a distribution is not negative
        if (name !== 'klDiv') expect(Number(value), `${x}, ${t}`).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe.each(['crossEntropy', 'multiMargin', 'distributionFocal'] as const)(
  '%s: extremes',
  (name) => {
    it('rows of ±100 logits are finite and not negative, whatever the target', () => {
      const input = { data: [100, -100, -100, 100], shape: [1, 4] };
      for (const t of [0, 1, 2, 3]) {
        const { value, grad } = byName[name](input, { data: [t], shape: [1] }, {});
        expect(Number(value)).toBeGreaterThanOrEqual(0);
        expect([value, ...grad.data].every((n) => Number.isFinite(n))).toBe(true);
      }
    });
  },
);

describe.each(lossNames)('%s: nothing', (name) => {
  it('no element: an empty tensor, sum 0, mean NaN as in PyTorch', () => {
    const loss = byName[name];
    const rows = ['crossEntropy', 'multiMargin', 'distributionFocal'].includes(name);
    const input = { data: [], shape: name === 'mse' ? [0] : [0, 4] };
    const target = { data: [], shape: rows ? [0] : input.shape };
    const reduced = (reduction: losses.Reduction) => loss(input, target, { reduction });
    const { value, grad } = reduced('none');
    expect([...tensorOf(value).data, ...grad.data]).toEqual([]);
    expect([reduced('sum').value, reduced('mean').value]).toEqual([0, Number.NaN]);
  });
});
