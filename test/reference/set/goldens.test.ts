import { describe, expect, it } from 'vitest';
import { setLoss } from '../../../src/reference/set/set-loss.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { tensorsOf } from '../../lib/tensors.ts';
import { loadSetGolden, setCases } from './set-golden.ts';

/** Both sides are float64; they sum terms in different orders. */
const ITEM_BOUND = 1e-12;
const GRAD_BOUND = 1e-11;

describe.each(setCases)('setLoss: %s', async (name) => {
  const golden = await loadSetGolden(name);
  const { expected } = golden;
  const loss = setLoss(golden.predictions, golden.targets, golden.options);
  const grads = Object.entries(tensorsOf(loss.grads));

  it(`items of each output and of all, and total within ${ITEM_BOUND} relative`, () => {
    expectClose('total', loss.total, expected.total, ITEM_BOUND);
    for (const [item, value] of Object.entries(loss.items)) {
      expectClose(item, value, expected[item], ITEM_BOUND);
    }
    expect(Object.keys(loss.outputs).sort()).toEqual(Object.keys(expected.stages).sort());
    for (const [output, items] of Object.entries(loss.outputs)) {
      const stage = expected.stages[output];
      expect(Object.keys(items)).toEqual(expect.arrayContaining(Object.keys(stage)));
      for (const [item, value] of Object.entries(items)) {
        expectClose(`${output}.${item}`, value, stage[item] ?? 0, ITEM_BOUND);
      }
    }
  });

  it(`gradients within ${GRAD_BOUND} relative L2`, () => {
    for (const [input, { data }] of grads) {
      const { index, value } = golden.grad(input);
      const actual = index ? Array.from(index, (i) => data[i]) : data;
      expectCloseL2(input, actual, value, GRAD_BOUND);
      const sums = expected.grads?.[input];
      if (!sums) continue;
      const sum = (f: (x: number) => number) => data.reduce((total, x) => total + f(x), 0);
      expectClose(`${input} sum`, sum(Number), sums.sum, GRAD_BOUND, sums.absSum);
      expectClose(`${input} absSum`, sum(Math.abs), sums.absSum, GRAD_BOUND);
      expectClose(`${input} l2`, Math.sqrt(sum((x) => x * x)), sums.l2, GRAD_BOUND);
    }
  });

  it('matchings equal', () => {
    const { union, ...own } = loss.assignments;
    expect({ ...own, ...('union' in golden.matched && { union }) }).toEqual(golden.matched);
    const { numBoxes, numUnion } = expected;
    expect(loss.matching.normalizers.boxes).toBe(numBoxes);
    if (numUnion !== undefined) expect(loss.matching.normalizers.union).toBe(numUnion);
  });
});
