import { describe, it } from 'vitest';
import * as losses from '../../../src/reference/losses/index.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import type { LossName } from '../../lib/loss-cases.ts';
import { loadLossGoldens } from '../../lib/loss-goldens.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

/** Both sides are float64; they sum 407 terms in different orders. Reached: 2.1e-15. */
const SUM_BOUND = 1e-14;
/** The goldens' tensors are rounded to float32, which alone is up to 6e-8. Reached: 3e-8. */
const TENSOR_BOUND = 6e-8;

type Loss = (input: losses.Values, target: losses.Values, options: object) => losses.Loss;
const byName = { ...losses } as unknown as Record<LossName, Loss>;

describe.each(await loadLossGoldens())('$name: golden', (golden) => {
  const { loss, input, target, options, expected } = golden;

  it(`mean and sum within ${SUM_BOUND} relative`, () => {
    for (const reduction of ['mean', 'sum'] as const) {
      const exact = expected[reduction];
      if (exact === undefined) continue;
      const { value } = byName[loss](input, target, { ...options, reduction });
      expectClose(reduction, Number(value), exact, SUM_BOUND);
    }
  });

  it(`values and gradient within ${TENSOR_BOUND} relative L2`, () => {
    const { value, grad } = byName[loss](input, target, { ...options, reduction: 'none' });
    expectCloseL2('values', tensorOf(value).data, expected.values.data, TENSOR_BOUND);
    expectCloseL2('grad', golden.toFixture(grad.data), expected.grad.data, TENSOR_BOUND);
  });
});
