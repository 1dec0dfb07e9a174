import { createPoseLoss } from '../../../src/index.ts';
import { poseLossOf } from '../../../src/reference/pose.ts';
import { backends } from '../backends.ts';
import { ordinaryProblem } from '../problem.ts';
import { normal } from '../random.ts';
import { buildPoseCase, poseExtra, taskRecipes } from '../task-cases.ts';
import { poseCases } from '../task-golden.ts';
import { goldenOf } from './golden-of.ts';
import { given, testedTask } from './task.ts';

const { config, feats, targets } = ordinaryProblem();
/** [9, 4, 3]: a third of them not visible. */
const keypoints = Array.from({ length: 36 }, (_, i) => [(i % 7) / 7, (i % 5) / 5, i % 3]).flat();

export const pose = testedTask({
  name: 'createPoseLoss',
  backends,
  hasAssignment: true,
  create: createPoseLoss,
  ordinary: {
    options: { ...config, keypointShape: [4, 3] },
    predictions: {
      feats,
      keypoints: { data: normal({ seed: 73, mean: 0, std: 1 }, 3 * 12 * 126), shape: [3, 12, 126] },
    },
    targets: { ...targets, keypoints: { data: keypoints, shape: [9, 4, 3] } },
    none: { batchIdx: [], cls: [], bboxes: [], keypoints: { data: [], shape: [0, 4, 3] } },
  },
  goldens: poseCases.map((name) =>
    goldenOf(name, ['box', 'pose', 'kobj', 'cls', 'dfl'], ['keypoints'], {
      options: (golden) => ({ keypointShape: golden.tensor('targets.keypoints').shape.slice(1) }),
      targets: (golden) => ({ keypoints: golden.tensor('targets.keypoints') }),
    }),
  ),
  random: {
    recipes: taskRecipes(poseExtra),
    build(recipe) {
      const problem = buildPoseCase(recipe);
      const [, count] = problem.targets.keypoints.shape;
      const numbers = problem.predictions.keypoints.shape[1] / count;
      return { ...problem, options: { ...problem.options, keypointShape: [count, numbers] } };
    },
    expected(problem, result) {
      const { total, items, grads } = poseLossOf(
        problem.predictions,
        problem.targets,
        ...given(result),
        problem.options,
      );
      return { total, items: { ...items }, grads: [...grads.feats, grads.keypoints] };
    },
  },
});
