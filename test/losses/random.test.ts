import fc from 'fast-check';
import { describe, it } from 'vitest';
import * as reference from '../../src/reference/losses/index.ts';
import type { Tensor } from '../../src/types.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { lossBackends, useLosses } from '../lib/loss-backends.ts';
import { buildLossCase, type LossName, lossNames, lossRecipes } from '../lib/loss-cases.ts';
import { tensorOf } from '../lib/tensor-of.ts';

/** The seed is fixed: a run fails because of a change, and not by chance. */
const SEED = 20_260_104;
const NUM_RUNS = 300;
type Loss = (input: reference.Values, target: reference.Values, options: object) => reference.Loss;
const byName = { ...reference } as unknown as Record<LossName, Loss>;

describe.each(lossBackends)('$name: random problems', ({ config, bound, effort }) => {
  const named = useLosses(config);

  it.each(lossNames)(
    `%s: values and gradients within ${bound} of the float64 reference`,
    async (name) => {
      const check = async (recipe: Parameters<typeof buildLossCase>[1]) => {
        const { input, target, options } = buildLossCase(name, recipe);
        for (const reduction of ['none', 'sum', 'mean'] as const) {
          const call = { ...options, reduction };
          const { value, grad } = await named(name)(input, target, call);
          const expected = byName[name](input, target, call);
          expectCloseL2(`grad, ${reduction}`, grad.data, expected.grad.data, bound);
          if (reduction === 'none') {
            const { data, shape } = value as unknown as Tensor;
            const values = tensorOf(expected.value);
            expectCloseL2('values', data, values.data, bound);
            expectCloseL2('their shape', shape, values.shape, 0);
            expectCloseL2('the gradient’s', grad.shape, input.shape, 0);
          } else expectClose(reduction, value as number, Number(expected.value), bound);
        }
      };
      const numRuns = Math.ceil(NUM_RUNS * effort);
      await fc.assert(fc.asyncProperty(lossRecipes(name), check), { seed: SEED, numRuns });
    },
  );
});
