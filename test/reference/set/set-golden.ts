import type { SetOptions, SetPredictions, SetTargets } from '../../../src/reference/set/types.ts';
import type { Tensor } from '../../../src/types.ts';
import { loadFixture, type SafeTensors, targetsOf } from '../../lib/golden.ts';
import { normal, uniforms } from '../../lib/random.ts';

/** Cases of the set criteria. Those with a number in their name are full size: by recipe. */
export const setCases = [
  'detr-basic',
  'detr-crowd',
  'detr-overflow',
  'deformable-basic',
  'rtdetr-basic',
  'rtdetr-crowd',
  'rtdetr-empty-image',
  'rtdetr-300',
  'dfine-basic',
  'dfine-edge',
  'dfine-overflow',
  'dfine-300',
  'deim-basic',
  'deim-late-matcher',
  'deim-rtdetr',
  'rfdetr-extreme',
  'rfdetr-groups',
  'rfdetr-overflow',
  'rfdetr-3900',
] as const;

type Numbers = ArrayLike<number>;

type Recipe = { seed: number; shape: number[] } & (
  | { kind: 'normal'; mean: number; std: number }
  | { kind: 'boxes' }
);

interface Sums {
  sum: number;
  l2: number;
  absSum: number;
}

/** Contents of a case. Its gradients are float64. */
export interface SetGolden {
  options: SetOptions;
  predictions: SetPredictions<Numbers>;
  targets: SetTargets;
  expected: Record<string, number> & {
    stages: Record<string, Record<string, number>>;
    /** Sums of the gradients of a full-size case. */
    grads?: Record<string, Sums>;
  };
  /** Gradient of an input: in full, or samples of it. */
  grad(input: string): { index?: Int32Array; value: Float64Array };
  /** Pairs of each matched output, and of the union: image, query, target. */
  matched: Record<string, Record<string, Numbers>>;
}

interface SetConfig extends Required<SetOptions> {
  numLayers: number;
  denoisingGroups: number;
}

/** Loads a case of a set criterion. */
export async function loadSetGolden(name: string): Promise<SetGolden> {
  const { case: file, tensors } = await loadFixture(name);
  const config = file.config as unknown as SetConfig;
  const expected = file.expected as unknown as SetGolden['expected'];
  const recipes = file.inputs as unknown as Record<string, Recipe> | undefined;
  const { numClasses, classification, cost, gains, groups, union, regMax, up, regScale } = config;
  const sampled = (input: string) => `grads.${input}.index` in tensors;
  return {
    options: {
      ...{ numClasses, classification, cost, gains, groups },
      ...(union !== undefined && { union }),
      ...(regMax !== undefined && { regMax, up, regScale }),
    },
    predictions: readPredictions(config, { ...tensors, ...generate(recipes) }),
    targets: targetsOf(tensors),
    expected,
    grad: (input) =>
      sampled(input)
        ? {
            index: tensors[`grads.${input}.index`].data as Int32Array,
            value: tensors[`grads.${input}.value`].data as Float64Array,
          }
        : { value: tensors[`grads.${input}`].data as Float64Array },
    matched: readMatched(tensors),
  };
}

function generate(recipes: Record<string, Recipe> = {}): Record<string, Tensor> {
  const make = (recipe: Recipe): Tensor => {
    const { shape } = recipe;
    const count = shape.reduce((a, b) => a * b);
    if (recipe.kind === 'normal') return { data: normal(recipe, count), shape };
    const uniform = uniforms(recipe.seed);
    const side = (u: number, i: number) => (i % 4 < 2 ? 0.1 + 0.8 * u : 0.02 + 0.3 * u);
    return { data: Float32Array.from({ length: count }, (_, i) => side(uniform(), i)), shape };
  };
  return Object.fromEntries(Object.entries(recipes).map(([key, recipe]) => [key, make(recipe)]));
}

function readPredictions(
  { numLayers, denoisingGroups }: SetConfig,
  tensors: Record<string, unknown>,
): SetPredictions<Numbers> {
  const tensor = (key: string) => tensors[key] as Tensor<Numbers>;
  const output = (key: string) => ({
    logits: tensor(`${key}.logits`),
    boxes: tensor(`${key}.boxes`),
    ...(`${key}.corners` in tensors && { corners: tensor(`${key}.corners`) }),
  });
  const block = (prefix: string) => ({
    layers: Array.from({ length: numLayers }, (_, l) => output(`${prefix}layers.${l}`)),
    ...(`${prefix}pre.logits` in tensors && { pre: output(`${prefix}pre`) }),
    ...(`${prefix}references` in tensors && { references: tensor(`${prefix}references`) }),
  });
  return {
    ...block(''),
    ...('encoder.logits' in tensors && { encoder: output('encoder') }),
    ...('denoising.layers.0.logits' in tensors && {
      denoising: { ...block('denoising.'), groups: denoisingGroups },
    }),
  };
}

function readMatched(tensors: SafeTensors): SetGolden['matched'] {
  const matched: SetGolden['matched'] = {};
  for (const [key, { data }] of Object.entries(tensors)) {
    const [, name, part] = /^matched\.(.+)\.(\w+)$/.exec(key) ?? [];
    if (name) matched[name] = { ...matched[name], [part]: data as Int32Array };
  }
  return matched;
}
