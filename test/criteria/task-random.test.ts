import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { startThreads } from '../lib/backends.ts';
import { expectLoss } from '../lib/expect-loss.ts';
import { tasks } from '../lib/tasks/index.ts';
import { tensorsOf } from '../lib/tensors.ts';

/** A fixed seed, so that a run fails for its change and not for its luck. Stages have more runs of their own. */
const RUNS = { seed: 20_260_110, numRuns: 24 };

describe.each(tasks)('$name, random problems', ({ backends, create, random }) => {
  describe.each(backends)('$name', ({ config, bound, effort }) => {
    beforeAll(() => startThreads(config));

    it(`items and gradients within ${bound} of the float64 reference under the same assignment`, async () => {
      const check = async (recipe: unknown) => {
        const problem = random.build(recipe);
        const { predictions, targets, options } = problem;
        using criterion = await create({ ...options, ...config });
        const result = await criterion.valueAndGrad(predictions, targets);
        const grads = Object.values(tensorsOf(result.grads)).map(({ data }) => data);
        expectLoss({ ...result, grads }, random.expected(problem, result.assignment), bound);
      };
      const numRuns = Math.ceil(RUNS.numRuns * effort);
      await fc.assert(fc.asyncProperty(random.recipes, check), { ...RUNS, numRuns });
    });
  });
});
