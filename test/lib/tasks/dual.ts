import { createDualLoss, headWeights } from '../../../src/index.ts';
import { lossOf } from '../../../src/reference/detection.ts';
import { orientedLossOf } from '../../../src/reference/oriented.ts';
import { poseLossOf } from '../../../src/reference/pose.ts';
import { segmentationLossOf } from '../../../src/reference/segmentation.ts';
import { backends } from '../backends.ts';
import { cases26, loadGolden26 } from '../golden-26.ts';
import { ordinaryProblem } from '../problem.ts';
import { buildCase, type CaseRecipe, caseRecipes } from '../random-case.ts';
import { loadTaskGolden } from '../task-golden.ts';
import { oriented } from './oriented.ts';
import { pose26 } from './pose.ts';
import { segmentation } from './segmentation.ts';
import { type Golden, testedTask } from './task.ts';
import {
  dualOptionsOf,
  expectedOf,
  HEADS,
  type HeadLoss,
  halved,
  headsOf,
  ofHeads,
  twice,
} from './two-heads.ts';

const ordinary = ordinaryProblem();

/** Gradients of masks; the one-to-one head has none of what both share. */
function maskGrads(
  head: (typeof HEADS)[number],
  { feats, coefficients, prototypes, semantic }: ReturnType<typeof segmentationLossOf>['grads'],
): HeadLoss['grads'] {
  const shared = semantic ? [prototypes, semantic] : [prototypes];
  const isOwner = head === 'oneToMany';
  return {
    own: [...feats, coefficients],
    shared: isOwner ? shared : shared.map((grad) => new Float64Array(grad.length)),
  };
}

async function loadDual(): Promise<Golden> {
  const golden = await loadTaskGolden('dual');
  const { total, box, cls, dfl } = golden.expected;
  const levels = [...golden.levels('grads.oneToMany'), ...golden.levels('grads.oneToOne')];
  return {
    options: golden.options,
    predictions: { oneToMany: golden.levels('oneToMany'), oneToOne: golden.levels('oneToOne') },
    targets: golden.targets,
    expected: { total, items: { box, cls, dfl }, grads: levels.map(({ data }) => data) },
  };
}

/** Golden of Ultralytics 8.4, whose top-k are the defaults. */
async function loadDual26(name: string): Promise<Golden> {
  const golden = await loadGolden26(name);
  const { config, options } = golden;
  const { loss, assigned } = headsOf(golden, ['box', 'cls', 'dfl']);
  const levels = [...golden.levels('grads.oneToMany'), ...golden.levels('grads.oneToOne')];
  return {
    options: { ...options, headWeights: headWeights(config.epoch, config.epochs) },
    predictions: { oneToMany: golden.levels('oneToMany'), oneToOne: golden.levels('oneToOne') },
    targets: golden.targets(),
    expected: { ...loss, grads: levels.map(({ data }) => data) },
    assigned,
  };
}

export const dual = testedTask({
  name: 'createDualLoss',
  backends,
  hasAssignment: true,
  create: createDualLoss,
  ordinary: {
    options: ordinary.config,
    predictions: { oneToMany: ordinary.feats, oneToOne: ordinary.feats.map(halved) },
    targets: ordinary.targets,
    none: { batchIdx: [], cls: [], bboxes: [] },
  },
  goldens: [
    { name: 'dual', load: loadDual },
    ...cases26.dual.map((name) => ({ name, load: () => loadDual26(name) })),
  ],
  random: {
    recipes: caseRecipes,
    build(recipe) {
      const { feats, targets, options } = buildCase(recipe);
      const { feats: other } = buildCase({ ...recipe, seed: ~recipe.seed });
      return {
        predictions: { oneToMany: feats, oneToOne: other },
        targets,
        options: dualOptionsOf(options, recipe.options),
      };
    },
    expected({ predictions, targets, options }, assignment) {
      const losses = ofHeads(assignment, (head, assigned) => {
        const own = { ...options, assigner: {} };
        const { total, items, grads } = lossOf(predictions[head], targets, ...assigned, own);
        return { total, items, grads: { own: grads, shared: [] } };
      });
      return expectedOf(options, losses);
    },
  },
});

type OrientedProblem = Parameters<typeof orientedLossOf>;

export const dualOriented = testedTask({
  name: "createDualLoss, task 'oriented'",
  backends,
  hasAssignment: true,
  create: createDualLoss,
  ordinary: twice('oriented', oriented.ordinary),
  goldens: [],
  random: {
    recipes: oriented.random.recipes,
    build(recipe) {
      const problem = oriented.random.build(recipe);
      const { options, ...own } = twice('oriented', { ...problem, none: {} });
      const { detection } = recipe as { detection: CaseRecipe };
      return { ...own, options: dualOptionsOf(options as never, detection.options) };
    },
    expected({ predictions, targets, options }, assignment) {
      const losses = ofHeads(assignment, (head, assigned) => {
        const own = { ...(options as object), assigner: {} };
        const { total, items, grads } = orientedLossOf(
          predictions[head] as unknown as OrientedProblem[0],
          targets as OrientedProblem[1],
          ...assigned,
          own as unknown as OrientedProblem[4],
        );
        return { total, items, grads: { own: [...grads.feats, grads.angles], shared: [] } };
      });
      return expectedOf(options, losses);
    },
  },
});

type MaskProblem = Parameters<typeof segmentationLossOf>;

async function loadDualSegmentation(name: string): Promise<Golden> {
  const golden = await loadGolden26(name);
  const { config, options } = golden;
  const { loss, assigned } = headsOf(golden, ['box', 'seg', 'cls', 'dfl', 'sem']);
  const headOf = (head: string) => ({
    feats: golden.levels(head),
    coefficients: golden.tensor(`${head}.coefficients`),
  });
  const grads = [
    ...HEADS.flatMap((head) => [
      ...golden.levels(`grads.${head}`),
      golden.tensor(`grads.${head}.coefficients`),
    ]),
    golden.tensor('grads.prototypes'),
    golden.tensor('grads.semantic'),
  ];
  return {
    options: {
      ...options,
      task: 'segmentation',
      overlap: config.overlap,
      headWeights: headWeights(config.epoch, config.epochs),
    },
    predictions: {
      oneToMany: headOf('oneToMany'),
      oneToOne: headOf('oneToOne'),
      prototypes: golden.tensor('prototypes'),
      semantic: golden.tensor('semantic'),
    },
    targets: {
      ...golden.targets(),
      masks: golden.tensor('targets.masks'),
      semantic: golden.tensor('targets.semantic'),
    },
    expected: { ...loss, grads: grads.map(({ data }) => data) },
    assigned,
  };
}

export const dualSegmentation = testedTask({
  name: "createDualLoss, task 'segmentation'",
  backends,
  hasAssignment: true,
  create: createDualLoss,
  ordinary: twice('segmentation', segmentation.ordinary),
  goldens: cases26.dualSegmentation.map((name) => ({
    name,
    load: () => loadDualSegmentation(name),
  })),
  random: {
    recipes: segmentation.random.recipes,
    build(recipe) {
      const problem = segmentation.random.build(recipe);
      const { options, ...own } = twice('segmentation', { ...problem, none: {} });
      const { detection } = recipe as { detection: CaseRecipe };
      return { ...own, options: dualOptionsOf(options as never, detection.options) };
    },
    expected({ predictions, targets, options }, assignment) {
      const { prototypes, semantic, ...heads } = predictions;
      const losses = ofHeads(assignment, (head, assigned) => {
        const own = { ...(options as object), assigner: {} };
        const { total, items, grads } = segmentationLossOf(
          { ...heads[head], prototypes, semantic } as unknown as MaskProblem[0],
          targets as MaskProblem[1],
          ...assigned,
          own as unknown as MaskProblem[4],
        );
        return { total, items, grads: maskGrads(head, grads) };
      });
      return expectedOf(options, losses);
    },
  },
});

type PoseProblem = Parameters<typeof poseLossOf>;

export const dualPose = testedTask({
  name: "createDualLoss, task 'pose'",
  backends,
  hasAssignment: true,
  create: createDualLoss,
  ordinary: twice('pose', pose26.ordinary),
  goldens: [],
  random: {
    recipes: pose26.random.recipes,
    build(recipe) {
      const problem = pose26.random.build(recipe);
      const { options, ...own } = twice('pose', { ...problem, none: {} });
      const { detection } = recipe as { detection: CaseRecipe };
      return { ...own, options: dualOptionsOf(options as never, detection.options) };
    },
    expected({ predictions, targets, options }, assignment) {
      const { flow, ...heads } = predictions;
      const losses = ofHeads(assignment, (head, assigned) => {
        const own = { ...(options as object), assigner: {} };
        const { total, items, grads } = poseLossOf(
          { ...heads[head], flow } as unknown as PoseProblem[0],
          targets as PoseProblem[1],
          ...assigned,
          own as unknown as PoseProblem[4],
        );
        const { feats, keypoints, sigmas, flow: shared = [] } = grads;
        return {
          total,
          items,
          grads: { own: [...feats, keypoints, ...(sigmas ? [sigmas] : [])], shared },
        };
      });
      return expectedOf(options, losses);
    },
  },
});
