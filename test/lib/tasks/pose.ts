import fc from 'fast-check';
import { createPoseLoss, type Tensor } from '../../../src/index.ts';
import { poseLossOf } from '../../../src/reference/pose.ts';
import { backends } from '../backends.ts';
import { flowOf } from '../cases-26.ts';
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
    goldenOf(name, ['box', 'pose', 'kobj', 'cls', 'dfl', 'rle'], ['keypoints'], {
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

/** [3, 8, A], and a flow of few hidden numbers. */
const likely = {
  sigmas: { data: normal({ seed: 74, mean: 0, std: 1 }, 3 * 8 * 126), shape: [3, 8, 126] },
  flow: narrowFlow(5, 75),
};

function narrowFlow(hidden: number, seed: number): Tensor[] {
  return flowOf(hidden, seed).map(({ data, shape }) => ({ data: Float32Array.from(data), shape }));
}

const extra26 = fc.record({
  keypoints: poseExtra,
  hidden: fc.integer({ min: 1, max: 9 }),
  hasSigmas: fc.boolean(),
  hasFlow: fc.boolean(),
  /** Deviation of the logits: with large ones, some errors are beyond 100 deviations. */
  std: fc.constantFrom(1, 5),
});

/** Head of YOLO26, whose keypoints have a likelihood. */
export const pose26 = testedTask({
  name: "createPoseLoss, head '26'",
  backends,
  hasAssignment: true,
  create: createPoseLoss,
  ordinary: {
    ...pose.ordinary,
    options: { ...pose.ordinary.options, head: '26' },
    predictions: { ...pose.ordinary.predictions, ...likely },
  },
  goldens: [],
  random: {
    recipes: taskRecipes(extra26),
    build({ detection, extra }) {
      const problem = buildPoseCase({ detection, extra: extra.keypoints });
      const { predictions, targets, options } = problem;
      const [, count] = targets.keypoints.shape;
      const [batch, channels, anchors] = predictions.keypoints.shape;
      const shape = [batch, 2 * count, anchors];
      const size = shape.reduce((product, n) => product * n, 1);
      const { seed } = detection;
      const sigmas = { data: normal({ seed, mean: 0, std: extra.std }, size), shape };
      return {
        options: { ...options, head: '26' as const, keypointShape: [count, channels / count] },
        predictions: {
          ...predictions,
          ...(extra.hasSigmas && { sigmas }),
          ...(extra.hasFlow && { flow: narrowFlow(extra.hidden, seed) }),
        },
        targets,
      };
    },
    expected({ predictions, targets, options }, result) {
      const loss = poseLossOf(predictions, targets, ...given(result), options);
      const { feats, keypoints, sigmas, flow = [] } = loss.grads;
      const grads = [...feats, keypoints, ...(sigmas ? [sigmas] : []), ...flow];
      return { total: loss.total, items: { ...loss.items }, grads };
    },
  },
});
