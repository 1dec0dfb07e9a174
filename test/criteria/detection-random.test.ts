import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { detectionLoss, lossOf } from '../../src/reference/detection.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectAssignment } from '../lib/expect-golden.ts';
import { assignmentMargin } from '../lib/margin.ts';
import { buildCase, type CaseRecipe, caseRecipes } from '../lib/random-case.ts';

/** A fixed seed, so that a run fails for its change and not for its luck. */
const RUNS = { seed: 20_260_102, numRuns: 120 };
/**
 * Closer calls than this may go either way: candidates are ranked in float32, beta of up to 8 makes eight
 * times an overlap's error out of it, and saturated softmaxes put overlaps a rounding apart.
 */
const CLEAR = 1e-5;

describe.each(backends)(
  'createDetectionLoss, $name, random problems',
  ({ config, bound, effort }) => {
    beforeAll(() => startThreads(config));
    const runs = { ...RUNS, numRuns: Math.ceil(RUNS.numRuns * effort) };

    it(`items and gradients within ${bound} of the float64 reference under the same assignment`, async () => {
      const check = async (recipe: CaseRecipe) => {
        const { feats, targets, options } = buildCase(recipe);
        using criterion = await createDetectionLoss({ ...options, ...config });
        const { total, items, assignment, grads } = await criterion.valueAndGrad(feats, targets);
        const given = { ...assignment, score: Float64Array.from(assignment.score) };
        const normalizer = Math.max(assignment.scoresSum, 1);
        const expected = lossOf(feats, targets, given, normalizer, options);
        expectClose('total', total, expected.total, bound);
        expectClose('box', items.box, expected.items.box, bound);
        expectClose('cls', items.cls, expected.items.cls, bound);
        expectClose('dfl', items.dfl, expected.items.dfl, bound);
        grads.forEach(({ data }, l) => {
          expectCloseL2(`grads[${l}]`, data, expected.grads[l], bound);
        });
      };
      await fc.assert(fc.asyncProperty(caseRecipes, check), runs);
    });

    it(`assignment equal to the float64 reference's, but for calls closer than ${CLEAR}`, async () => {
      let clear = 0;
      const check = async (recipe: CaseRecipe) => {
        const problem = buildCase(recipe);
        if (assignmentMargin(problem) < CLEAR) return;
        clear++;
        using criterion = await createDetectionLoss({ ...problem.options, ...config });
        const { assignment, total } = await criterion.value(problem.feats, problem.targets);
        const expected = detectionLoss(problem.feats, problem.targets, problem.options);
        expectAssignment(assignment, expected.assignment, bound);
        expectClose('scoresSum', assignment.scoresSum, expected.assignment.scoresSum, bound);
        expectClose('total', total, expected.total, bound);
      };
      await fc.assert(fc.asyncProperty(caseRecipes, check), runs);
      expect(clear).toBeGreaterThan(runs.numRuns / 2);
    });
  },
);
