import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setLoss } from '../../../src/reference/set/set-loss.ts';
import type { SetOutput, SetTargets } from '../../../src/reference/set/types.ts';
import type { Tensor } from '../../../src/types.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { tensorsOf } from '../../lib/tensors.ts';
import { buildSetCase, RICH, type SetCase, type SetRecipe, setRecipes } from './random-set.ts';

type Output = SetOutput<Float64Array>;
type Floats = Tensor<Float64Array>;

/** Sums of the same terms in another order. */
const BOUND = 1e-12;

/** One output of logits and boxes, no union, nothing besides. */
const PLAIN: SetRecipe = {
  ...RICH,
  layers: 1,
  union: false,
  corners: false,
  encoder: 'none',
  denoisingGroups: 0,
};

const lossOf = ({ predictions, targets, options }: SetCase) =>
  setLoss(predictions, targets, options);

/** Rows of an axis 1 in another order: row q of the result is row order[q]. */
function reorderRows({ data, shape }: Floats, order: readonly number[]): Floats {
  const [batch, rows, width] = shape;
  const moved = Array.from({ length: batch }, (_, b) =>
    order.flatMap((row) => [...data.slice((b * rows + row) * width, (b * rows + row + 1) * width)]),
  );
  return { data: Float64Array.from(moved.flat()), shape: [batch, order.length, width] };
}

function reorderOutput({ logits, boxes, corners }: Output, order: readonly number[]): Output {
  return {
    logits: reorderRows(logits, order),
    boxes: reorderRows(boxes, order),
    ...(corners && { corners: reorderRows(corners, order) }),
  };
}

function reorderTargets(targets: SetTargets, order: readonly number[]): SetTargets {
  const pick = (values: ArrayLike<number>) => order.map((n) => values[n]);
  return {
    batchIdx: pick(targets.batchIdx),
    cls: pick(targets.cls),
    bboxes: order.flatMap((n) => Array.from(targets.bboxes).slice(4 * n, 4 * n + 4)),
    ...(targets.weights && { weights: pick(targets.weights) }),
    ...(targets.ignore && { ignore: pick(targets.ignore) }),
  };
}

/** Order matters to denoising, whose queries follow the targets', and to equal costs: products often are 0. */
const untied = setRecipes.map(
  (recipe): SetRecipe => ({
    ...recipe,
    denoisingGroups: 0,
    cost: recipe.cost === 'product' ? 'focal' : recipe.cost,
  }),
);

const reversed = (count: number) => Array.from({ length: count }, (_, i) => count - 1 - i);

describe('setLoss: order', () => {
  it('permuted queries: the same items, and gradients permuted alike', () => {
    const recipes = untied.map((recipe) => ({ ...recipe, groups: 1 }));
    const property = fc.property(recipes, (recipe) => {
      const { predictions, targets, options } = buildSetCase(recipe);
      const { layers, pre, references, encoder } = predictions;
      const order = reversed(recipe.queries);
      const loss = setLoss(predictions, targets, options);
      const moved = setLoss(
        {
          layers: layers.map((layer) => reorderOutput(layer, order)),
          ...(pre && { pre: reorderOutput(pre, order) }),
          ...(references && { references: reorderRows(references, order) }),
          ...(encoder && { encoder: reorderOutput(encoder, order) }),
        },
        targets,
        options,
      );
      expectClose('total', moved.total, loss.total, BOUND);
      for (const [name, grads] of Object.entries(loss.grads)) {
        const expected = tensorsOf(reorderOutput(grads, order));
        for (const [input, { data }] of Object.entries(tensorsOf(moved.grads[name]))) {
          expectCloseL2(`${name}.${input}`, data, expected[input].data, BOUND);
        }
      }
    });
    fc.assert(property, { seed: 4, numRuns: 60 });
  });

  it('permuted targets: the same items and gradients', () => {
    const property = fc.property(untied, (recipe) => {
      const { predictions, targets, options } = buildSetCase(recipe);
      const loss = setLoss(predictions, targets, options);
      const others = reorderTargets(targets, reversed(targets.cls.length));
      const moved = setLoss(predictions, others, options);
      // A union's tie goes to the lower target
      if (options.union || recipe.corners) return;
      expectClose('total', moved.total, loss.total, BOUND);
      const expected = tensorsOf(loss.grads);
      for (const [input, { data }] of Object.entries(tensorsOf(moved.grads))) {
        expectCloseL2(input, data, expected[input].data, BOUND);
      }
    });
    fc.assert(property, { seed: 5, numRuns: 100 });
  });

  it('of identical queries the lower one is matched', () => {
    const { predictions, targets, options } = buildSetCase({ ...PLAIN, targets: [1], queries: 4 });
    const layers = predictions.layers.map((layer) => reorderOutput(layer, [2, 1, 1, 1]));
    const { query } = setLoss({ layers }, targets, options).assignment;
    expect([0, 1]).toContain(query[0]);
    const same = layers.map((layer) => reorderOutput(layer, [1, 1, 1, 1]));
    expect([...setLoss({ layers: same }, targets, options).assignment.query]).toEqual([0]);
  });
});

describe('setLoss: groups', () => {
  it.each(['focal', 'vfl', 'mal', 'ia-bce'] as const)(
    '%s: equal the mean of separate calls, or their sum with sumGroups',
    (classification) => {
      const { predictions, targets, options } = buildSetCase({
        ...PLAIN,
        classification,
        groups: 3,
      });
      const queries = RICH.queries;
      const separate = [0, 1, 2].map((g) => {
        const order = Array.from({ length: queries }, (_, q) => g * queries + q);
        const layers = predictions.layers.map((layer) => reorderOutput(layer, order));
        return setLoss({ layers }, targets, { ...options, groups: 1 });
      });
      const sum = separate.reduce((total, loss) => total + loss.total, 0);
      expectClose('mean', setLoss(predictions, targets, options).total, sum / 3, BOUND);
      const summed = setLoss(predictions, targets, { ...options, sumGroups: true });
      expectClose('sum', summed.total, sum, BOUND);
      const pairs = separate.map(({ assignment }) => assignment.query.length);
      expect(summed.assignment.query.length).toBe(pairs.reduce((a, b) => a + b));
    },
  );
});

describe('setLoss: edge cases', () => {
  it.each(['softmax', 'focal', 'vfl', 'mal', 'ia-bce'] as const)(
    '%s without targets: only class terms and the distillation of unpaired sides, all finite',
    (classification) => {
      const { items, outputs, grads, assignment } = lossOf(
        buildSetCase({ ...RICH, classification, targets: [0, 0], denoisingGroups: 0 }),
      );
      const { l1, giou, fgl } = items;
      expect({ l1, giou, fgl }).toEqual({ l1: 0, giou: 0, fgl: 0 });
      expect(outputs['layers.0'].ddf).toBeGreaterThan(0);
      expect(items.cls).toBeGreaterThan(0);
      expect(assignment.query.length).toBe(0);
      for (const { data } of Object.values(tensorsOf(grads))) {
        expect(data.every(Number.isFinite)).toBe(true);
      }
    },
  );

  it('more targets than queries: every query has one, the others are unassigned', () => {
    const { assignment } = lossOf(buildSetCase({ ...PLAIN, targets: [5, 1], queries: 2 }));
    expect([...assignment.image]).toEqual([0, 0, 1]);
    expect([...assignment.query.slice(0, 2)]).toEqual([0, 1]);
    expect(assignment.unassigned.length).toBe(3);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a query of %d is matched last, and reaches no gradient of other queries',
    (bad) => {
      const spoil = (which: 'logits' | 'boxes', queries: number) => {
        const built = buildSetCase({ ...PLAIN, cost: 'focal-exact', targets: [2], queries });
        const tensor = built.predictions.layers[0][which];
        tensor.data.fill(bad, tensor.shape[2], 2 * tensor.shape[2]);
        return lossOf(built);
      };
      for (const which of ['logits', 'boxes'] as const) {
        expect([...spoil(which, 3).assignment.query]).toEqual([0, 2]);
        const { assignment, grads } = spoil(which, 2);
        expect([...assignment.query]).toEqual([0, 1]);
        expect(Number.isFinite(assignment.cost[1])).toBe(false);
        const { logits, boxes } = grads['layers.0'];
        expect(logits.data.slice(0, 3).every(Number.isFinite)).toBe(true);
        expect(boxes.data.slice(0, 4).every(Number.isFinite)).toBe(true);
      }
    },
  );

  it('boxes of no area: finite items and gradients', () => {
    const built = buildSetCase({ ...PLAIN, targets: [2], queries: 3 });
    built.predictions.layers[0].boxes.data.fill(0);
    const loss = lossOf({ ...built, targets: { ...built.targets, bboxes: new Array(8).fill(0) } });
    expect(loss.items.l1).toBe(0);
    expect(loss.items.giou).toBeGreaterThan(0);
    expect(loss.grads['layers.0'].boxes.data.every((x) => x === 0)).toBe(true);
  });
});

describe('setLoss: weights and ignored targets', () => {
  it('weights of 1 change no bit', () => {
    const { predictions, targets, options } = buildSetCase(RICH);
    const weights = new Array(targets.cls.length).fill(1);
    const weighted = setLoss(predictions, { ...targets, weights }, options);
    expect(weighted).toEqual(setLoss(predictions, targets, options));
  });

  it('weights multiply terms and normalizers: a mean over targets becomes a weighted one', () => {
    const { predictions, targets, options } = buildSetCase({ ...PLAIN, targets: [1, 1] });
    const item = (weights: number[]) =>
      setLoss(predictions, { ...targets, weights }, options).items;
    const only = (image: number) => Array.from(targets.batchIdx, (b) => Number(b === image));
    const [first, second] = [item(only(0)), item(only(1))];
    const both = item(Array.from(targets.batchIdx, (b) => (b === 0 ? 0.5 : 3)));
    for (const name of ['l1', 'giou'] as const) {
      expectClose(name, both[name], (0.5 * first[name] + 3 * second[name]) / 3.5, BOUND);
    }
  });

  it('an ignored target counts nowhere, and queries inside it have no class loss', () => {
    const { predictions, targets, options } = buildSetCase({ ...PLAIN, targets: [2], queries: 4 });
    const { boxes } = predictions.layers[0];
    boxes.data.set([1, 1, 1, 1, 6, 6, 2, 2, 5, 6, 2, 2, 4.5, 6, 2, 2].map((x) => x / 8));
    const bboxes = [1, 1, 1, 1, 6, 6, 2, 2].map((x) => x / 8);
    const without = { batchIdx: [0], cls: [0], bboxes: bboxes.slice(0, 4) };
    const plain = setLoss(predictions, without, options);
    const ignored = setLoss(
      predictions,
      { ...targets, cls: [0, 1], bboxes, ignore: [0, 1] },
      options,
    );
    const { pairs, normalizers } = ignored.matching;
    expect(pairs['layers.0'].length).toBe(1);
    expect([...ignored.assignment.unassigned]).toEqual([]);
    expect(normalizers).toEqual(plain.matching.normalizers);
    expect([ignored.items.l1, ignored.items.giou]).toEqual([plain.items.l1, plain.items.giou]);
    const classes = (loss: typeof plain) => [...loss.grads['layers.0'].logits.data];
    // Queries 1 and 2 lie in it, the latter with exactly half of its area
    expect(classes(ignored)).toEqual(classes(plain).map((x, i) => (i >= 3 && i < 9 ? 0 : x)));
  });
});
