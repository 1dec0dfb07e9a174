import { describe, expect, it } from 'vitest';
import { detectionLoss } from '../../src/reference/detection.ts';
import { expectCloseL2 } from '../lib/compare.ts';
import { expectAssignment, expectGrad, expectItems, SCORE_FLOOR } from '../lib/expect-golden.ts';
import { loadGolden, optionsOf, realCases, recipeCases, storedCases } from '../lib/golden.ts';
import { toNchw, toNhwc } from '../lib/layout.ts';

/** Both sides are float64; they sum up to a million terms in different orders. Reached: 4e-14. */
const ITEM_BOUND = 1e-12;
/** The goldens' tensors are rounded to float32, which alone is up to 6e-8. Reached: 4e-8. */
const TENSOR_BOUND = 6e-8;

describe.each([...storedCases, ...recipeCases, ...realCases])('detectionLoss: %s', async (name) => {
  const golden = await loadGolden(name);
  const loss = detectionLoss(golden.feats, golden.targets, optionsOf(golden));

  it(`items, total and scores' sum within ${ITEM_BOUND} relative`, () => {
    expectItems(loss, golden, ITEM_BOUND);
  });

  it(`assignment equal above score ${SCORE_FLOOR}, scores within ${TENSOR_BOUND} relative L2`, () => {
    expectAssignment(loss.assignment, golden.assigned, TENSOR_BOUND);
  });

  it(`gradients within ${TENSOR_BOUND} relative L2, their sums within ${ITEM_BOUND}`, () => {
    loss.grads.forEach((grad, l) => {
      expectGrad(`grads[${l}]`, grad, golden.grads[l], TENSOR_BOUND, ITEM_BOUND);
    });
  });

  it('nhwc gives the bits of nchw', () => {
    const feats = golden.feats.map(toNhwc);
    const nhwc = detectionLoss(feats, golden.targets, { ...optionsOf(golden), layout: 'nhwc' });
    expect(nhwc.items).toEqual(loss.items);
    nhwc.grads.forEach((data, l) => {
      expectCloseL2('grads', toNchw({ data, shape: feats[l].shape }).data, loss.grads[l], 0);
    });
  });
});
