import { createSegmentationLoss } from '../../../src/index.ts';
import { segmentationLossOf } from '../../../src/reference/segmentation.ts';
import { backends } from '../backends.ts';
import { cases26 } from '../golden-26.ts';
import { ordinaryProblem } from '../problem.ts';
import { normal } from '../random.ts';
import { buildSegmentationCase, segmentationExtra, taskRecipes } from '../task-cases.ts';
import { segmentationCases } from '../task-golden.ts';
import { golden26Of, goldenOf } from './golden-of.ts';
import { given, testedTask } from './task.ts';

const { config, feats, targets } = ordinaryProblem();
/** The ordinary problem's images have 126 anchors. */
const masks = Uint8Array.from({ length: 3 * 30 * 20 }, (_, i) => {
  const image = Math.floor(i / 600);
  const count = targets.batchIdx.filter((b) => b === image).length;
  return (7 * i) % (count + 1);
});
/** In the background any value. */
const classes = Uint8Array.from(masks, (mask, i) => (mask === 0 ? 255 : i % config.numClasses));
const semantic = { data: classes, shape: [3, 30, 20] };
const ITEMS = ['box', 'seg', 'cls', 'dfl', 'sem'];

export const segmentation = testedTask({
  name: 'createSegmentationLoss',
  backends: backends,
  hasAssignment: true,
  create: createSegmentationLoss,
  ordinary: {
    options: config,
    predictions: {
      feats,
      coefficients: {
        data: normal({ seed: 71, mean: 0, std: 1 }, 3 * 5 * 126),
        shape: [3, 5, 126],
      },
      prototypes: {
        data: normal({ seed: 72, mean: 0, std: 1 }, 3 * 5 * 24 * 16),
        shape: [3, 5, 24, 16],
      },
      semantic: {
        data: normal({ seed: 76, mean: 0, std: 2 }, 3 * config.numClasses * 12 * 9),
        shape: [3, config.numClasses, 12, 9],
      },
    },
    targets: { ...targets, masks: { data: masks, shape: [3, 30, 20] }, semantic },
    none: {
      batchIdx: [],
      cls: [],
      bboxes: [],
      masks: { data: new Uint8Array(1800), shape: [3, 30, 20] },
      semantic,
    },
  },
  goldens: [
    ...segmentationCases.map((name) =>
      goldenOf(name, ITEMS, ['coefficients', 'prototypes'], {
        options: ({ config: { overlap } }) => ({ overlap }),
        targets: (golden) => ({ masks: golden.tensor('targets.masks') }),
      }),
    ),
    ...cases26.segmentation.map((name) =>
      golden26Of(name, ITEMS, ['coefficients', 'prototypes', 'semantic'], {
        options: ({ config: { overlap } }) => ({ overlap }),
        targets: (golden) => ({
          masks: golden.tensor('targets.masks'),
          semantic: golden.tensor('targets.semantic'),
        }),
      }),
    ),
  ],
  random: {
    recipes: taskRecipes(segmentationExtra),
    build: buildSegmentationCase,
    expected(problem, result) {
      const { total, items, grads } = segmentationLossOf(
        problem.predictions,
        problem.targets,
        ...given(result),
        problem.options,
      );
      return {
        total,
        items: { ...items },
        grads: [
          ...grads.feats,
          grads.coefficients,
          grads.prototypes,
          ...(grads.semantic ? [grads.semantic] : []),
        ],
      };
    },
  },
});
