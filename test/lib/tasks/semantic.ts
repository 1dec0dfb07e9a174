import fc from 'fast-check';
import { createSemanticLoss } from '../../../src/index.ts';
import { semanticLoss } from '../../../src/reference/semantic.ts';
import { loadGolden26 } from '../golden-26.ts';
import { normal, uniforms } from '../random.ts';
import { oneBuildBackends } from './one-build.ts';
import { type Expected, type Golden, testedTask } from './task.ts';

const [BATCH, CLASSES, HEIGHT, WIDTH] = [3, 5, 7, 9];
const PIXELS = BATCH * HEIGHT * WIDTH;
const tensor = (seed: number, shape: number[], std = 3) => {
  const count = shape.reduce((product, n) => product * n, 1);
  return { data: normal({ seed, mean: 0, std }, count), shape };
};
const labelsOf = (labels: ArrayLike<number>) => ({
  labels: { data: labels, shape: [BATCH, HEIGHT, WIDTH] },
});
/** Every fifth pixel does not count. */
const ordinaryLabels = Uint8Array.from({ length: PIXELS }, (_, i) =>
  i % 5 === 4 ? 255 : (i * 7) % CLASSES,
);
const OPTIONS = { numClasses: CLASSES, classWeights: [1, 0.5, 2, 0, 1] };

function goldenOf(name: string) {
  return {
    name,
    async load(): Promise<Golden> {
      const { config, expected, options, tensor, has } = await loadGolden26(name);
      const { ignore, auxiliaryGain, numClasses } = config;
      const { classWeights } = options;
      const names = has('auxiliary') ? ['logits', 'auxiliary'] : ['logits'];
      const { ce, dice, aux, total } = expected;
      return {
        options: { numClasses, ignoreIndex: ignore, auxiliaryGain, classWeights },
        predictions: Object.fromEntries(names.map((key) => [key, tensor(key)])),
        targets: { labels: tensor('targets.semantic') },
        expected: {
          total,
          items: { ce, dice, aux },
          grads: names.map((key) => tensor(`grads.${key}`).data),
        },
      };
    },
  };
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }));
/** Null: that of the labels. */
const logitsSizes = fc.option(sizes);
const recipes = fc.record({
  seed: fc.integer(),
  batch: fc.integer({ min: 1, max: 3 }),
  numClasses: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(19, 600)),
  size: sizes,
  logitsSize: logitsSizes,
  auxiliarySize: fc.option(logitsSizes, { nil: undefined }),
  ignored: fc.constantFrom(0, 0.2, 1),
  isWeighted: fc.boolean(),
  std: fc.constantFrom(1, 20),
});

type Recipe = typeof recipes extends fc.Arbitrary<infer R> ? R : never;

/** A random problem; a size of null is that of the labels. */
function buildCase({ seed, batch, numClasses, size, ...recipe }: Recipe) {
  const { logitsSize, auxiliarySize, ignored, isWeighted, std } = recipe;
  const uniform = uniforms(seed);
  const classes = Math.max(numClasses, 2);
  const label = () => (uniform() < ignored ? 255 : Math.floor(uniform() * classes));
  const logitsOf = (own: [number, number] | null, from: number) =>
    tensor(from, [batch, numClasses, ...(own ?? size)], std);
  const labels = Array.from({ length: batch * size[0] * size[1] }, label);
  return {
    options: {
      numClasses,
      classWeights: isWeighted ? Float64Array.from({ length: numClasses }, uniform) : undefined,
    },
    predictions: {
      logits: logitsOf(logitsSize, seed),
      ...(auxiliarySize !== undefined && { auxiliary: logitsOf(auxiliarySize, seed + 1) }),
    },
    targets: { labels: { data: labels, shape: [batch, ...size] } },
  };
}

function expectedOf({ predictions, targets, options }: ReturnType<typeof buildCase>): Expected {
  const { total, items, grads } = semanticLoss(predictions, targets, options);
  const { logits, auxiliary } = grads;
  return { total, items: { ...items }, grads: auxiliary ? [logits, auxiliary] : [logits] };
}

export const semantic = testedTask({
  name: 'createSemanticLoss',
  backends: oneBuildBackends,
  hasAssignment: false,
  create: createSemanticLoss,
  ordinary: {
    options: OPTIONS,
    predictions: {
      logits: tensor(81, [BATCH, CLASSES, HEIGHT, WIDTH]),
      auxiliary: tensor(82, [BATCH, CLASSES, 4, 5]),
    },
    targets: labelsOf(ordinaryLabels),
    none: labelsOf(new Uint8Array(PIXELS).fill(255)),
  },
  goldens: [
    'semantic26-absent-classes',
    'semantic26-binary',
    'semantic26-resized-aux-weighted',
  ].map(goldenOf),
  random: { recipes, build: buildCase, expected: expectedOf },
});
