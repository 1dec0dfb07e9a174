import { createSegmentationLoss } from '../../../src/index.ts';
import { segmentationLossOf } from '../../../src/reference/segmentation.ts';
import { backends } from '../backends.ts';
import { ordinaryProblem } from '../problem.ts';
import { normal } from '../random.ts';
import { buildSegmentationCase, segmentationExtra, taskRecipes } from '../task-cases.ts';
import { segmentationCases } from '../task-golden.ts';
import { goldenOf } from './golden-of.ts';
import { given, testedTask } from './task.ts';

const { config, feats, targets } = ordinaryProblem();
/** The ordinary problem's images have 126 anchors. */
const masks = Uint8Array.from({ length: 3 * 30 * 20 }, (_, i) => {
  const image = Math.floor(i / 600);
  const count = targets.batchIdx.filter((b) => b === image).length;
  return (7 * i) % (count + 1);
});

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
    },
    targets: { ...targets, masks: { data: masks, shape: [3, 30, 20] } },
    none: {
      batchIdx: [],
      cls: [],
      bboxes: [],
      masks: { data: new Uint8Array(1800), shape: [3, 30, 20] },
    },
  },
  goldens: segmentationCases.map((name) =>
    goldenOf(name, ['box', 'seg', 'cls', 'dfl'], ['coefficients', 'prototypes'], {
      options: ({ config: { overlap } }) => ({ overlap }),
      targets: (golden) => ({ masks: golden.tensor('targets.masks') }),
    }),
  ),
  random: {
    recipes: taskRecipes(segmentationExtra),
    build: buildSegmentationCase,
    expected(problem, result) {
      const { total, items, grads } = segmentationLossOf(
        problem.predictions,
        problem.targets,
        ...given(result),
        { ...problem.options, resize: 'masks' },
      );
      return {
        total,
        items: { ...items },
        grads: [...grads.feats, grads.coefficients, grads.prototypes],
      };
    },
  },
});
