import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { detectionLoss } from '../../src/reference/detection.ts';
import type { Assignment, DetectionItems } from '../../src/types.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { shuffled, takeImages, takeTargets } from '../lib/permute.ts';
import { buildCase, type CaseRecipe, caseRecipes, type RandomCase } from '../lib/random-case.ts';

interface Loss {
  total: number;
  items: DetectionItems;
  assignment: Pick<Assignment, 'image' | 'anchor' | 'unassigned'> & { score: ArrayLike<number> };
  grads: (Float32Array | Float64Array)[];
}

/** The float64 reference, and every backend. */
const implementations: {
  name: string;
  bound: number;
  effort: number;
  /** For `beforeAll`. */
  start?(): Promise<() => void>;
  lossOf(problem: RandomCase): Promise<Loss>;
}[] = [
  {
    name: 'reference',
    bound: 1e-12,
    /** The slowest of all. */
    effort: 0.2,
    lossOf: async ({ feats, targets, options }) => detectionLoss(feats, targets, options),
  },
  ...backends.map(({ name, config, bound, effort }) => ({
    name,
    bound,
    effort,
    start: () => startThreads(config),
    lossOf: async ({ feats, targets, options }: RandomCase) => {
      using criterion = await createDetectionLoss({ ...options, ...config });
      const { grads, ...loss } = await criterion.valueAndGrad(feats, targets);
      return { ...loss, grads: grads.map(({ data }) => data) };
    },
  })),
];

/** A fixed seed, so that a run fails for its change and not for its luck. */
const RUNS = { seed: 20_260_101, numRuns: 60 };

/** Without ties, which order decides: no equal boxes, and an alignment that depends on overlap. */
const tieless = caseRecipes.map(
  (recipe): CaseRecipe => ({
    ...recipe,
    boxes: 'ordinary',
    options: { ...recipe.options, assigner: { topk: 10, alpha: 0.5, beta: 6 } },
  }),
);

describe.each(implementations)('detection loss, $name', ({ bound, effort, start, lossOf }) => {
  beforeAll(() => start?.());
  const runs = { ...RUNS, numRuns: Math.ceil(RUNS.numRuns * effort) };

  it('random problems: all finite, losses not negative, positives in order, scores in [0, 1]', async () => {
    const check = async (recipe: CaseRecipe) => {
      const { total, items, grads, assignment } = await lossOf(buildCase(recipe));
      expect(Number.isFinite(total)).toBe(true);
      expect(Math.min(items.box, items.cls, items.dfl)).toBeGreaterThanOrEqual(0);
      expect(grads.every((grad) => grad.every(Number.isFinite))).toBe(true);
      const { image, anchor, score } = assignment;
      expect(Array.from(score).every((s) => s >= 0 && s <= 1)).toBe(true);
      const follows = (i: number) =>
        image[i] > image[i - 1] || (image[i] === image[i - 1] && anchor[i] > anchor[i - 1]);
      expect(anchor.every((_, i) => i === 0 || follows(i))).toBe(true);
    };
    await fc.assert(fc.asyncProperty(caseRecipes, check), runs);
  });

  it(`the order of targets changes nothing, to ${bound} relative`, async () => {
    const check = async (recipe: CaseRecipe) => {
      const problem = buildCase(recipe);
      const order = shuffled(recipe.targets, recipe.seed);
      const reordered = { ...problem, targets: takeTargets(problem.targets, order) };
      expectSame(await lossOf(reordered), await lossOf(problem), bound);
    };
    await fc.assert(fc.asyncProperty(tieless, check), runs);
  });

  it(`images in another order have their gradients in that order, to ${bound} relative L2`, async () => {
    const check = async (recipe: CaseRecipe) => {
      const problem = buildCase(recipe);
      const batch = problem.feats[0].shape[0];
      const order = shuffled(batch, recipe.seed);
      const { batchIdx } = problem.targets;
      const reordered = {
        ...problem,
        feats: problem.feats.map((feat) => ({ ...feat, data: takeImages(feat.data, order) })),
        targets: { ...problem.targets, batchIdx: Array.from(batchIdx, (b) => order.indexOf(b)) },
      };
      const loss = await lossOf(problem);
      const grads = loss.grads.map((grad) => takeImages(grad, order));
      expectSame(await lossOf(reordered), { ...loss, grads }, bound);
    };
    await fc.assert(fc.asyncProperty(tieless, check), runs);
  });

  it('logits that are NaN or infinite neither throw nor hang, and show in the total', async () => {
    const check = async (recipe: CaseRecipe, bad: number) => {
      const problem = buildCase(recipe);
      for (const { data } of problem.feats) {
        for (let i = 0; i < data.length; i += 5) data[i] = bad;
      }
      expect(Number.isFinite((await lossOf(problem)).total)).toBe(false);
    };
    const bad = fc.constantFrom(Number.NaN, Infinity, -Infinity);
    const recipes = tieless.filter(hasManyLogits);
    await fc.assert(fc.asyncProperty(recipes, bad, check), {
      ...RUNS,
      numRuns: Math.ceil(30 * effort),
    });
  });
});

/** So many that some bad ones are class logits, and the class loss is counted. */
function hasManyLogits({ options }: CaseRecipe): boolean {
  return options.numClasses >= 5 && (options.gains?.cls ?? 0) > 0;
}

function expectSame(actual: Loss, expected: Loss, bound: number): void {
  expectClose('total', actual.total, expected.total, bound);
  expect(actual.assignment.unassigned.length).toBe(expected.assignment.unassigned.length);
  actual.grads.forEach((grad, l) => {
    expectCloseL2(`grads[${l}]`, grad, expected.grads[l], bound);
  });
}
