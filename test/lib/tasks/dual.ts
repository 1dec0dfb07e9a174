import {
  type Assigner,
  createDualLoss,
  type DualAssigner,
  type DualAssignment,
} from '../../../src/index.ts';
import { lossOf } from '../../../src/reference/detection.ts';
import type { Assignment } from '../../../src/types.ts';
import { backends } from '../backends.ts';
import { ordinaryProblem } from '../problem.ts';
import { buildCase, caseRecipes } from '../random-case.ts';
import { loadTaskGolden } from '../task-golden.ts';
import { given, testedTask } from './task.ts';

const ordinary = ordinaryProblem();
const halved = ordinary.feats.map(({ data, shape }) => ({ data: data.map((x) => x / 2), shape }));

export const dual = testedTask({
  name: 'createDualLoss',
  backends,
  hasAssignment: true,
  create: createDualLoss,
  ordinary: {
    options: ordinary.config,
    predictions: { oneToMany: ordinary.feats, oneToOne: halved },
    targets: ordinary.targets,
    none: { batchIdx: [], cls: [], bboxes: [] },
  },
  goldens: [
    {
      name: 'dual',
      async load() {
        const golden = await loadTaskGolden('dual');
        const { total, box, cls, dfl } = golden.expected;
        const levels = [...golden.levels('grads.oneToMany'), ...golden.levels('grads.oneToOne')];
        return {
          options: golden.options,
          predictions: {
            oneToMany: golden.levels('oneToMany'),
            oneToOne: golden.levels('oneToOne'),
          },
          targets: golden.targets,
          expected: { total, items: { box, cls, dfl }, grads: levels.map(({ data }) => data) },
        };
      },
    },
  ],
  random: {
    recipes: caseRecipes,
    build(recipe) {
      const { feats, targets, options } = buildCase(recipe);
      const { feats: other } = buildCase({ ...recipe, seed: ~recipe.seed });
      const { topk, topk2, ...others } = recipe.options.assigner as Assigner;
      return {
        predictions: { oneToMany: feats, oneToOne: other },
        targets,
        options: {
          ...options,
          assigner: { ...others, topk: [topk, 1], topk2: topk2 && [topk2, 1] } as DualAssigner,
        },
      };
    },
    expected({ predictions, targets, options }, assignment) {
      const { oneToMany, oneToOne } = assignment as DualAssignment;
      const lossUnder = (feats: typeof predictions.oneToMany, own: Assignment) => {
        return lossOf(feats, targets, ...given(own), { ...options, assigner: {} });
      };
      const many = lossUnder(predictions.oneToMany, oneToMany);
      const one = lossUnder(predictions.oneToOne, oneToOne);
      return {
        total: many.total + one.total,
        items: {
          box: many.items.box + one.items.box,
          cls: many.items.cls + one.items.cls,
          dfl: many.items.dfl + one.items.dfl,
        },
        grads: [...many.grads, ...one.grads],
      };
    },
  },
});
