import { createOrientedLoss } from '../../../src/index.ts';
import { orientedLossOf } from '../../../src/reference/oriented.ts';
import { backends } from '../backends.ts';
import { cases26 } from '../golden-26.ts';
import { ordinaryProblem } from '../problem.ts';
import { normal } from '../random.ts';
import { buildOrientedCase, orientedExtra, taskRecipes } from '../task-cases.ts';
import { golden26Of, goldenOf } from './golden-of.ts';
import { given, testedTask } from './task.ts';

const { config, feats, targets } = ordinaryProblem();
const bboxes = targets.batchIdx.flatMap((_, n) => [
  ...targets.bboxes.slice(4 * n, 4 * n + 4),
  n / 3,
]);

export const oriented = testedTask({
  name: 'createOrientedLoss',
  backends,
  hasAssignment: true,
  create: createOrientedLoss,
  ordinary: {
    options: config,
    predictions: {
      feats,
      angles: { data: normal({ seed: 74, mean: 0.8, std: 1 }, 3 * 126), shape: [3, 1, 126] },
    },
    targets: { ...targets, bboxes },
    none: { batchIdx: [], cls: [], bboxes: [] },
  },
  goldens: [
    goldenOf('obb', ['box', 'cls', 'dfl', 'angle'], ['angles']),
    ...cases26.oriented.map((name) => golden26Of(name, ['box', 'cls', 'dfl', 'angle'], ['angles'])),
  ],
  random: {
    recipes: taskRecipes(orientedExtra),
    build(recipe) {
      const { options, ...problem } = buildOrientedCase(recipe);
      // Rotated boxes are compared by ProbIoU alone
      const { iou: _, ...own } = options;
      const { overlap: __, ...assigner } = options.assigner;
      return { ...problem, options: { ...own, assigner } };
    },
    expected(problem, result) {
      const { total, items, grads } = orientedLossOf(
        problem.predictions,
        problem.targets,
        ...given(result),
        problem.options,
      );
      return { total, items: { ...items }, grads: [...grads.feats, grads.angles] };
    },
  },
});
