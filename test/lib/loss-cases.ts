import fc from 'fast-check';
import { IOU_KINDS } from '../../src/kinds.ts';
import type { LossName } from '../../src/loss-types.ts';
import { LOSSES } from '../../src/losses/table.ts';
import type { Tensor } from '../../src/types.ts';
import { uniforms } from './random.ts';

/** A random problem of a plain loss: float32 numbers, so that kernels and reference see the same. */
export interface LossCase {
  input: Tensor;
  target: Tensor<Float32Array | Int32Array>;
  /** Options without `reduction`. */
  options: object;
}

/** Parameters of one case, which shrink and print well. */
export interface LossRecipe {
  seed: number;
  shape: number[];
  options: Record<string, unknown>;
}

type Uniform = () => number;

/** Generators of a loss's problems: numbers, shapes and options. */
interface LossMaker {
  shape: fc.Arbitrary<number[]>;
  options: fc.Arbitrary<Record<string, unknown>>;
  input(uniform: Uniform, recipe: LossRecipe): Tensor;
  target(uniform: Uniform, recipe: LossRecipe): LossCase['target'];
  /** Number of elements of `options.weight`, if it has one per class. */
  classes?(shape: readonly number[]): number;
}

const integers = (min: number, max: number) => fc.integer({ min, max });
const eighths = (max: number) => integers(1, 8 * max).map((n) => n / 8);

const anyShape = fc.array(integers(1, 5), { maxLength: 4 });
const noOptions = fc.constant({});
const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

const floats = (shape: number[], next: () => number) => ({
  data: Float32Array.from({ length: sizeOf(shape) }, next),
  shape,
});

/** Number like a network's output: of either sign, and mostly small. */
const logit = (uniform: Uniform) => 12 * (uniform() - 0.5) ** 3 * 8;
/** Number in [0, 1], including both ends. */
const soft = (uniform: Uniform) => Math.min(Math.max(1.4 * uniform() - 0.2, 0), 1);

const logits: LossMaker['input'] = (uniform, { shape }) => floats(shape, () => logit(uniform));
const softTargets: LossMaker['target'] = (uniform, { shape }) => floats(shape, () => soft(uniform));
const signs: LossMaker['target'] = (uniform, { shape }) =>
  floats(shape, () => (uniform() < 0.5 ? -1 : 1));

function elementwise(
  target: LossMaker['target'] = logits,
  options: LossMaker['options'] = noOptions,
  input: LossMaker['input'] = logits,
): LossMaker {
  return { shape: anyShape, options, input, target };
}

/** Rows of classes or bins on the last axis, with a target each. */
function rowwise(
  shape: LossMaker['shape'],
  options: LossMaker['options'],
  target: LossMaker['target'],
  classes?: LossMaker['classes'],
): LossMaker {
  return { shape, options, input: logits, target, classes };
}

const indices = (
  uniform: Uniform,
  shape: number[],
  classes: number,
  ignoredShare = 0,
  ignored = -100,
) => ({
  data: Int32Array.from({ length: sizeOf(shape) }, () =>
    uniform() < ignoredShare ? ignored : Math.floor(uniform() * classes),
  ),
  shape,
});

/** Weights of the last axis, or of every element. */
const trailing = (count: number) => fc.array(eighths(3), { minLength: count, maxLength: count });

/** A box, sometimes inside out; it rarely shares an edge with another one. */
function uprightBox(uniform: Uniform): number[] {
  const [x, y] = [8 * uniform(), 8 * uniform()];
  return [x, y, x + 0.2 + 8 * uniform(), y + 0.2 + 8 * uniform()];
}

function rotatedBox(uniform: Uniform): number[] {
  const side = () => 0.2 + 12 * uniform() ** 2;
  return [8 * uniform(), 8 * uniform(), side(), side(), 6 * uniform() - 3];
}

function boxes(uniform: Uniform, { shape, options }: LossRecipe) {
  const make = options.kind === 'probiou' ? rotatedBox : uprightBox;
  const data = Array.from({ length: shape[0] }, () => make(uniform)).flat();
  return { data: Float32Array.from(data), shape: [shape[0], options.kind === 'probiou' ? 5 : 4] };
}

/** [N, C, …] or [C]; class weights for up to 6 classes. */
const classShape = fc
  .tuple(
    integers(1, 6),
    fc.option(fc.tuple(integers(1, 5), fc.array(integers(1, 3), { maxLength: 2 }))),
  )
  .map(([classes, rest]) => (rest ? [rest[0], classes, ...rest[1]] : [classes]));

const classAxis = (shape: readonly number[]) => (shape.length > 1 ? 1 : 0);

function crossEntropyTarget(uniform: Uniform, { shape, options }: LossRecipe) {
  const axis = classAxis(shape);
  if (options.soft) return softTargets(uniform, { shape, options, seed: 0 });
  const rest = shape.filter((_, i) => i !== axis);
  const ignored = (options.ignoreIndex as number | undefined) ?? -100;
  return indices(uniform, rest, shape[axis], 0.2, ignored);
}

const lossMakers: Record<LossName, LossMaker> = {
  mse: elementwise(),
  l1: elementwise(),
  smoothL1: elementwise(logits, fc.record({ beta: fc.oneof(fc.constant(0), eighths(3)) })),
  huber: elementwise(logits, fc.record({ delta: eighths(3) })),
  bceWithLogits: {
    ...elementwise(softTargets),
    shape: fc.array(integers(1, 4), { maxLength: 3 }).map((shape) => [...shape, 3]),
    options: fc.record(
      { weight: fc.oneof(trailing(1), trailing(3)), posWeight: trailing(3) },
      { requiredKeys: [] },
    ),
  },
  logLoss: elementwise(softTargets, noOptions, (uniform, { shape }) =>
    floats(shape, () => 0.1 + 0.8 * uniform()),
  ),
  crossEntropy: rowwise(
    classShape,
    fc.record(
      {
        weight: trailing(6),
        labelSmoothing: fc.constantFrom(0, 0.1, 1),
        ignoreIndex: fc.constantFrom(-100, 0, 3),
        soft: fc.boolean(),
      },
      { requiredKeys: ['soft'] },
    ),
    crossEntropyTarget,
    (shape) => shape[classAxis(shape)],
  ),
  klDiv: elementwise(softTargets, noOptions, (uniform, { shape }) =>
    floats(shape, () => 5 * Math.log(uniform() + 1e-3)),
  ),
  hinge: elementwise(signs),
  squaredHinge: elementwise(signs),
  multiMargin: rowwise(
    fc.tuple(fc.option(integers(1, 5)), integers(1, 6)).map(([n, c]) => (n ? [n, c] : [c])),
    fc.record(
      { p: fc.constantFrom(1, 2), margin: eighths(2), weight: trailing(6) },
      { requiredKeys: [] },
    ),
    (uniform, { shape }) => indices(uniform, shape.slice(0, -1), shape[shape.length - 1]),
    (shape) => shape[shape.length - 1],
  ),
  dice: elementwise(softTargets, fc.record({ smooth: fc.constantFrom(0, 1e-3, 1) })),
  focal: elementwise(
    softTargets,
    fc.record({ alpha: eighths(1), gamma: fc.constantFrom(0, 0.5, 1, 1.5, 2, 2.7, 5) }),
  ),
  varifocal: elementwise(
    softTargets,
    fc.record({ alpha: eighths(1), gamma: fc.constantFrom(0, 0.5, 1, 1.5, 2, 2.7, 5) }),
  ),
  qualityFocal: elementwise(softTargets, fc.record({ beta: fc.constantFrom(0, 1, 1.5, 2, 2.7) })),
  distributionFocal: rowwise(
    fc
      .tuple(fc.array(integers(1, 5), { maxLength: 3 }), integers(1, 17))
      .map(([rest, r]) => [...rest, r]),
    noOptions,
    (uniform, { shape }) =>
      floats(shape.slice(0, -1), () => (shape[shape.length - 1] + 2) * uniform() - 1),
  ),
  boxIou: {
    shape: integers(1, 6).map((count) => [count]),
    options: fc.record({ kind: fc.constantFrom(...IOU_KINDS) }),
    input: boxes,
    target: boxes,
  },
};

export type { LossName };
export const lossNames = Object.keys(LOSSES) as LossName[];

export function lossRecipes(name: LossName): fc.Arbitrary<LossRecipe> {
  const { shape, options } = lossMakers[name];
  return fc.record({ seed: fc.integer(), shape, options });
}

/** Builds the problem of a recipe; it is the same on every runtime. */
export function buildLossCase(name: LossName, recipe: LossRecipe): LossCase {
  const maker = lossMakers[name];
  const uniform = uniforms(recipe.seed);
  const { soft: _, ...options } = recipe.options;
  const input = maker.input(uniform, recipe);
  const target = maker.target(uniform, recipe);
  const { weight } = options;
  if (maker.classes && Array.isArray(weight)) {
    options.weight = weight.slice(0, maker.classes(recipe.shape));
  }
  return { input, target, options };
}
