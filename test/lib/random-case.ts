import fc from 'fast-check';
import { OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from '../../src/kinds.ts';
import type { DetectionLossConfig, DetectionTargets, Tensor } from '../../src/types.ts';
import { toNhwc } from './layout.ts';
import { normal, uniforms } from './random.ts';
import { type BoxKind, boxKinds, randomBoxes } from './random-boxes.ts';

type CaseOptions = Required<
  Pick<
    DetectionLossConfig,
    | 'numClasses'
    | 'reference'
    | 'regMax'
    | 'layout'
    | 'gains'
    | 'assigner'
    | 'iou'
    | 'classification'
  >
>;

/** Parameters of a random detection problem, which shrink and print well. */
export interface CaseRecipe {
  seed: number;
  options: CaseOptions;
  batch: number;
  /** Grid of the first level; reduced if the case would become too large. */
  grid: { height: number; width: number };
  firstStride: number;
  /** Stride of each later level as a multiple of the first level's, and rounding of its grid. */
  otherLevels: { ratio: number; roundUp: boolean }[];
  /** Number of targets in all images together. */
  targets: number;
  /** Whether classes and targets have weights, and some targets are ignore regions. */
  factors: { classes: boolean; weights: boolean; ignore: boolean };
  boxes: BoxKind | 'mixed';
  classLogits: { mean: number; std: number };
  boxLogits: { std: number };
}

export interface RandomCase {
  options: CaseOptions & { strides: number[]; classWeights: Float64Array | undefined };
  feats: Tensor[];
  targets: DetectionTargets;
}

/** Bounds that keep one case within a fraction of a second in the float64 reference. */
const MAX_ELEMENTS = 400_000;
const MAX_PAIRS = 500_000;

const sixteenths = (max: number) => fc.integer({ min: 0, max: 16 * max }).map((n) => n / 16);
const integers = (min: number, max: number) => fc.integer({ min, max });

const focusing = {
  alpha: fc.option(sixteenths(1), { nil: undefined }),
  gamma: fc.constantFrom(undefined, 0, 0.5, 1, 1.5, 2, 2.7, 5),
};

const options: fc.Arbitrary<CaseOptions> = fc.record({
  numClasses: fc.oneof(integers(1, 8), fc.constant(80), integers(1, 1203)),
  reference: fc.constantFrom('8.4', '8.3'),
  regMax: fc.oneof(fc.constant(16), fc.constant(1), integers(1, 32)),
  layout: fc.constantFrom('nchw', 'nhwc'),
  gains: fc.oneof(
    fc.constant({ box: 7.5, cls: 0.5, dfl: 1.5 }),
    fc.record({ box: sixteenths(10), cls: sixteenths(10), dfl: sixteenths(10) }),
  ),
  assigner: fc.record({
    topk: fc.oneof(fc.constant(10), integers(1, 20), fc.constant(100_000)),
    topk2: fc.option(integers(1, 12), { nil: undefined }),
    alpha: fc.oneof(fc.constant(0.5), fc.constant(0), fc.constant(1), sixteenths(3)),
    beta: fc.oneof(fc.constant(6), fc.constant(0), fc.constant(1), sixteenths(8)),
    overlap: fc.oneof(fc.constant('ciou' as const), fc.constantFrom(...OVERLAP_KINDS)),
    smallTargets: fc.oneof(
      fc.constantFrom(undefined, false),
      fc.record({ below: integers(0, 64), growTo: integers(0, 64) }),
    ),
  }),
  iou: fc.constantFrom(...UPRIGHT_IOU_KINDS),
  classification: fc.oneof(
    fc.constantFrom('bce', 'varifocal', 'focal'),
    fc.record({ kind: fc.constant('varifocal'), ...focusing }),
    fc.record({ kind: fc.constant('focal'), ...focusing }),
  ),
});

/** Recipes of random detection problems; `buildCase` makes the problem itself. */
export const caseRecipes: fc.Arbitrary<CaseRecipe> = fc.record({
  seed: fc.integer(),
  options,
  batch: integers(1, 4),
  grid: fc.record({ height: integers(1, 24), width: integers(1, 24) }),
  firstStride: fc.oneof(fc.constant(8), integers(1, 64)),
  otherLevels: fc.array(
    fc.record({
      ratio: fc.constantFrom(2, 4, 8, 1, 0.25, 0.5, 1.4, 3.3),
      roundUp: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  targets: fc.oneof(integers(0, 8), integers(0, 40), integers(0, 200)),
  factors: fc.record({ classes: fc.boolean(), weights: fc.boolean(), ignore: fc.boolean() }),
  boxes: fc.oneof(fc.constant('ordinary'), fc.constant('mixed'), fc.constantFrom(...boxKinds)),
  classLogits: fc.constantFrom(
    { mean: -8, std: 3 },
    { mean: -2, std: 2 },
    { mean: 0, std: 10 }, // reaches ±30: the generator's tails end at 3.5 deviations
  ),
  boxLogits: fc.constantFrom({ std: 1 }, { std: 3 }, { std: 10 }),
});

/** Builds the problem of a recipe; it is the same on every runtime. */
export function buildCase(recipe: CaseRecipe): RandomCase {
  const { seed, options, targets: count, factors } = recipe;
  const { batch, levels } = limitSize(recipe);
  const feats = levels.map(({ height, width }, l) => {
    const feat = randomLevel(recipe, [batch, height, width], seed + 2 * l + 1);
    return options.layout === 'nhwc' ? toNhwc(feat) : feat;
  });

  const uniform = uniforms(seed);
  const [{ height, width, stride }] = levels;
  const image = { width: width * stride, height: height * stride, stride };
  const classWeights = factors.classes ? factorsOf(options.numClasses, ~seed) : undefined;
  return {
    options: { ...options, strides: levels.map((level) => level.stride), classWeights },
    feats,
    targets: {
      batchIdx: Int32Array.from({ length: count }, () => Math.floor(uniform() * batch)),
      cls: Int32Array.from({ length: count }, () => Math.floor(uniform() * options.numClasses)),
      bboxes: randomBoxes(recipe.boxes, count, uniform, image),
      weights: factors.weights ? factorsOf(count, seed + 1) : undefined,
      ignore: factors.ignore ? factorsOf(count, seed + 2).map((x) => Number(x < 0.2)) : undefined,
    },
  };
}

/** Weights of which a fifth is 0, and a fifth 1. */
function factorsOf(count: number, seed: number): Float64Array {
  const uniform = uniforms(seed);
  return Float64Array.from({ length: count }, () => {
    const x = uniform();
    return x < 0.2 ? 0 : x > 0.8 ? 1 : 3 * x - 0.5;
  });
}

/** Batch and grids, the first grid halved, then the batch, until the case is small enough. */
function limitSize({ options, grid, targets, ...recipe }: CaseRecipe) {
  const channels = 4 * options.regMax + options.numClasses;
  let { height, width } = grid;
  let { batch } = recipe;
  for (;;) {
    const levels = gridsOf(recipe, height, width);
    const anchors = levels.reduce((sum, level) => sum + level.height * level.width, 0);
    const fits = batch * anchors * channels <= MAX_ELEMENTS && anchors * targets <= MAX_PAIRS;
    const smallest = batch === 1 && height === 1 && width === 1;
    if (fits || smallest) return { batch, levels };
    if (height === 1 && width === 1) batch -= 1;
    height = Math.ceil(height / 2);
    width = Math.ceil(width / 2);
  }
}

/** Every other level's grid covers the first one's image to within one of its cells. */
function gridsOf(
  { firstStride, otherLevels }: Pick<CaseRecipe, 'firstStride' | 'otherLevels'>,
  height: number,
  width: number,
) {
  const others = otherLevels.map(({ ratio, roundUp }) => {
    const stride = Math.ceil(firstStride * ratio);
    const round = roundUp ? Math.ceil : Math.floor;
    const cells = (size: number) => Math.max(1, round((size * firstStride) / stride));
    return { height: cells(height), width: cells(width), stride };
  });
  return [{ height, width, stride: firstStride }, ...others];
}

/** NCHW. Box logits around 0; for R = 1 distances of some cells, a few of them negative. */
function randomLevel(
  { options, classLogits, boxLogits }: CaseRecipe,
  [batch, height, width]: [number, number, number],
  seed: number,
): Tensor {
  const boxChannels = 4 * options.regMax;
  const channels = boxChannels + options.numClasses;
  const cells = height * width;
  const box = options.regMax === 1 ? { mean: 2, std: 1.2 } : { mean: 0, ...boxLogits };
  const data = normal({ seed, ...classLogits }, batch * channels * cells);
  const boxes = normal({ seed: ~seed, ...box }, batch * boxChannels * cells);
  for (let b = 0; b < batch; b++) {
    const block = boxes.subarray(b * boxChannels * cells, (b + 1) * boxChannels * cells);
    data.set(block, b * channels * cells);
  }
  return { data, shape: [batch, channels, height, width] };
}
