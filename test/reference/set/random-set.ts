import fc from 'fast-check';
import type {
  SetBlock,
  SetClassification,
  SetCost,
  SetOptions,
  SetOutput,
  SetPredictions,
  SetTargets,
} from '../../../src/reference/set/types.ts';
import { uniforms } from '../../lib/random.ts';

export interface SetRecipe {
  seed: number;
  classification: SetClassification['kind'];
  cost: SetCost['kind'];
  /** Number of targets of each image. */
  targets: number[];
  /** Queries of one group. */
  queries: number;
  classes: number;
  layers: number;
  groups: number;
  union: boolean;
  corners: boolean;
  encoder: 'none' | 'classes' | 'agnostic';
  denoisingGroups: number;
  weights: boolean;
  ignore: boolean;
}

export const setRecipes: fc.Arbitrary<SetRecipe> = fc.record({
  seed: fc.nat(),
  classification: fc.constantFrom('softmax', 'focal', 'vfl', 'mal', 'ia-bce'),
  cost: fc.constantFrom('softmax', 'focal', 'focal-exact', 'product'),
  targets: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
  queries: fc.integer({ min: 1, max: 6 }),
  classes: fc.integer({ min: 1, max: 4 }),
  layers: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 3 }),
  union: fc.boolean(),
  corners: fc.boolean(),
  encoder: fc.constantFrom('none', 'classes', 'agnostic'),
  denoisingGroups: fc.nat(2),
  weights: fc.boolean(),
  ignore: fc.boolean(),
});

export interface SetCase {
  predictions: SetPredictions<Float64Array>;
  targets: SetTargets;
  options: SetOptions;
}

/** R of the random cases. */
const REG_MAX = 6;

/** Builds predictions and targets; the same recipe gives the same numbers in new arrays. */
export function buildSetCase(recipe: SetRecipe): SetCase {
  const { classification, cost, classes, groups, union } = recipe;
  const uniform = uniforms(recipe.seed);
  const batch = recipe.targets.length;
  const channels = classification === 'softmax' ? classes + 1 : classes;
  const tensor = (queries: number, width: number, make: (i: number) => number) => ({
    data: Float64Array.from({ length: batch * queries * width }, (_, i) => make(i)),
    shape: [batch, queries, width],
  });
  // Some sizes are negative
  const side = (i: number) => (i % 4 < 2 ? 0.2 + 0.6 * uniform() : 0.5 * uniform() - 0.02);
  const logit = () => 6 * uniform() - 4;
  const output = (queries: number, width: number, corners: boolean): SetOutput<Float64Array> => ({
    logits: tensor(queries, width, logit),
    boxes: tensor(queries, 4, side),
    ...(corners && { corners: tensor(queries, 4 * (REG_MAX + 1), logit) }),
  });
  const block = (queries: number): SetBlock<Float64Array> => ({
    layers: Array.from({ length: recipe.layers }, () => output(queries, channels, recipe.corners)),
    ...(recipe.corners && {
      pre: output(queries, channels, false),
      references: tensor(queries, 4, (i) => Math.abs(side(i))),
    }),
  });
  const queries = recipe.queries * groups;
  // Without classes softmax has none to tell from "no object"
  const agnostic = recipe.encoder === 'agnostic' && classification !== 'softmax';
  const predictions: SetPredictions<Float64Array> = {
    ...block(queries),
    ...(recipe.encoder !== 'none' && {
      encoder: output(queries, agnostic ? 1 : channels, false),
    }),
    ...(recipe.denoisingGroups > 0 && {
      denoising: {
        ...block(2 * Math.max(...recipe.targets) * recipe.denoisingGroups),
        groups: recipe.denoisingGroups,
      },
    }),
  };
  return {
    predictions,
    targets: buildTargets(recipe, uniform),
    options: {
      numClasses: classes,
      classification,
      // Only softmax has a channel more than classes
      cost: cost === 'softmax' && classification !== 'softmax' ? 'focal' : cost,
      gains: { fgl: 0.15, ddf: 1.5 },
      groups,
      union,
      regMax: REG_MAX,
    },
  };
}

/** Targets in shuffled order. */
function buildTargets(recipe: SetRecipe, uniform: () => number): SetTargets {
  const rows = recipe.targets
    .flatMap((count, image) => Array.from({ length: count }, () => ({ image, key: uniform() })))
    .sort((a, b) => a.key - b.key)
    .map(({ image }) => ({
      image,
      cls: Math.floor(uniform() * recipe.classes),
      box: [0, 0, 0, 0].map((_, i) => (i < 2 ? 0.2 + 0.6 * uniform() : 0.05 + 0.4 * uniform())),
      weight: 0.25 + uniform(),
      ignored: Number(uniform() < 0.3),
    }));
  return {
    batchIdx: rows.map(({ image }) => image),
    cls: rows.map(({ cls }) => cls),
    bboxes: rows.flatMap(({ box }) => box),
    ...(recipe.weights && { weights: rows.map(({ weight }) => weight) }),
    ...(recipe.ignore && { ignore: rows.map(({ ignored }) => ignored) }),
  };
}

/** A case of everything at once. */
export const RICH: SetRecipe = {
  seed: 5,
  classification: 'vfl',
  cost: 'focal',
  targets: [3, 0, 2],
  queries: 5,
  classes: 3,
  layers: 3,
  groups: 1,
  union: true,
  corners: true,
  encoder: 'classes',
  denoisingGroups: 2,
  weights: false,
  ignore: false,
};
