import { afterEach, describe, expect, it } from 'vitest';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { expectClose } from '../lib/compare.ts';
import { loadFixture } from '../lib/golden.ts';
import { evenRows, KernelMemory, lengths, withoutEven } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** In the order of the kernel's numbers. */
const kinds = ['iou', 'giou', 'diou', 'ciou'] as const;
type Kind = (typeof kinds)[number];
/** Rounding of the goldens to float32. Reached: 5.9e-8. */
const GOLDEN_BOUND = 6e-8;
/** What is below is a difference of larger numbers: its bound is that of this. */
const SMALL = 1e-3;
/** Absolute, gradients relative to the largest component where that is above 1. Reached: 1.1e-14. */
const BOUND = 1e-13;
/** Where a box has no area, eps is most of what is divided by. Reached: 4.8e-14. */
const NO_AREA_BOUND = 1e-12;

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

type Point = [x: number, y: number];

interface Pair {
  pred: Box;
  target: Box;
}

/** Value and gradient by x1, y1, x2, y2 of every pair, whose distances are taken from `pointOf`. */
function iou(kind: Kind, pairs: Pair[], pointOf: (pair: Pair) => Point = () => [0, 0]) {
  const count = pairs.length;
  const rows = (boxOf: (pair: Pair) => Box) => {
    const columns = pairs.map((pair) => {
      const [x, y] = pointOf(pair);
      const [x1, y1, x2, y2] = boxOf(pair);
      return [x - x1, y - y1, x2 - x, y2 - y];
    });
    const sides = [0, 1, 2, 3].flatMap((side) => columns.map((column) => column[side]));
    return memory.input(evenRows(Float64Array.from(sides), count, Number.NaN));
  };
  const similarities = evenRows(new Float64Array(5 * count), count);
  const at = memory.block(similarities);
  kernels.iou(
    rows((pair) => pair.pred),
    rows((pair) => pair.target),
    (8 * similarities.length) / 5,
    count,
    kinds.indexOf(kind),
    at,
    memory.block(new Uint8Array(9 * 16)),
  );
  const computed = withoutEven(memory.f64(at, similarities.length), count);
  memory.settle();
  return pairs.map((_, i) => {
    const [value, l, t, r, b] = [0, 1, 2, 3, 4].map((row) => computed[row * count + i]);
    return { value, grad: [-l, -t, r, b] };
  });
}

function expectSimilar(kind: Kind, pairs: Pair[], bound = BOUND, pointOf?: (pair: Pair) => Point) {
  iou(kind, pairs, pointOf).forEach(({ value, grad }, n) => {
    const expected = boxSimilarity(kind, pairs[n].pred, pairs[n].target);
    expectClose(`value ${n} of ${pairs.length}`, value, expected.value, bound, 1);
    const scale = Math.max(1, ...expected.grad.map(Math.abs));
    grad.forEach((component, i) => {
      expectClose(`grad ${n}, ${i}`, component, expected.grad[i], bound, scale);
    });
  });
}

function randomPairs(count: number, scale = 1): Pair[] {
  const uniform = uniforms(count);
  const box = (): Box => {
    const [x, y] = [4 * uniform(), 4 * uniform()];
    const sides: Box = [x, y, x + 0.2 + 4 * uniform(), y + 0.2 + 4 * uniform()];
    return sides.map((side) => side * scale) as Box;
  };
  return Array.from({ length: count }, () => ({ pred: box(), target: box() }));
}

describe.each(kinds)('iou: %s', (kind) => {
  it(`golden pairs: values and gradients within ${GOLDEN_BOUND}, relative`, async () => {
    const { tensors } = await loadFixture('iou');
    const floats = (name: string) => tensors[name].data as Float32Array;
    const row = (name: string, n: number) => [...floats(name).subarray(4 * n, 4 * n + 4)] as Box;
    const pairs = Array.from({ length: 512 }, (_, n): Pair => {
      return { pred: row('pred', n), target: row('target', n) };
    });
    iou(kind, pairs).forEach(({ value, grad }, n) => {
      expectClose(`value ${n}`, value, floats(`${kind}.value`)[n], GOLDEN_BOUND, SMALL);
      const golden = row(`${kind}.grad`, n);
      grad.forEach((component, i) => {
        expectClose(`grad ${n}, ${i}`, component, golden[i], GOLDEN_BOUND, SMALL);
      });
    });
  });

  it.each(lengths)(`%d random pairs: value and gradient to ${BOUND}`, (count) => {
    expectSimilar(kind, randomPairs(count));
  });

  it(`boxes of 1e-2 to 1e4 units, from any common point: to ${BOUND}`, () => {
    for (const scale of [0.05, 1, 2000]) {
      const pairs = randomPairs(64, scale);
      expectSimilar(kind, pairs, BOUND, ({ target: [x1, y1, x2, y2] }) => [
        (x1 + x2) / 2,
        (y1 + y2) / 2,
      ]);
      expectSimilar(kind, pairs, BOUND, ({ pred: [x1, y1] }) => [x1, y1]);
    }
  });

  it(`one inside the other, apart, touching, sharing edges, equal: to ${BOUND}`, () => {
    const target: Box = [0, 0, 8, 6];
    const preds: Box[] = [
      [1, 2, 3, 5],
      [-2, -3, 9, 16],
      [20, 30, 22, 37],
      [20, 1, 22, 5],
      [1, 30, 6, 37],
      [-3, 1, 0, 4],
      [8, 1, 9, 4],
      [1, -3, 4, 0],
      [1, 6, 4, 9],
      [8, 6, 9, 9],
      [0, 1, 5, 4],
      [2, 0, 8, 4],
      [2, 1, 5, 6],
      [0, 0, 8, 3],
      [0, 0, 8, 6],
      [3, -1, 5, 7],
    ];
    expectSimilar(
      kind,
      preds.map((pred) => ({ pred, target })),
    );
    expectSimilar(
      kind,
      preds.map((pred) => ({ pred: target, target: pred })),
    );
    expectSimilar(
      kind,
      preds.map((pred) => ({ pred, target: pred })),
    );
  });

  it(`predictions inside out in one axis or both: to ${BOUND}`, () => {
    const target: Box = [0, 0, 8, 6];
    const preds: Box[] = [
      [5, 1, 2, 4],
      [1, 5, 4, 2],
      [5, 5, 2, 2],
      [12, 9, -3, -2],
      [12, 1, -3, 4],
      [3, 9, 5, -2],
      [8, 6, 0, 0],
    ];
    expectSimilar(
      kind,
      preds.map((pred) => ({ pred, target })),
    );
  });

  it(`boxes of no area: finite, and the reference’s to ${NO_AREA_BOUND}`, () => {
    const target: Box = [0, 0, 8, 6];
    const flat: Box[] = [
      [1, 1, 1, 1],
      [1, 1, 5, 1],
      [1, 1, 1, 5],
      [0, 0, 0, 0],
      [-2, 7, -2, 7],
    ];
    const pairs = [
      ...flat.map((pred) => ({ pred, target })),
      ...flat.map((pred) => ({ pred: target, target: pred })),
      ...flat.flatMap((pred) => flat.map((other) => ({ pred, target: other }))),
    ];
    for (const { value, grad } of iou(kind, pairs)) {
      expect([value, ...grad].every(Number.isFinite)).toBe(true);
    }
    expectSimilar(kind, pairs, NO_AREA_BOUND);
  });

  it('NaN in any side of a prediction shows in its value, and in no other’s', () => {
    const [first, second, third] = randomPairs(3);
    for (let side = 0; side < 4; side++) {
      const pred: Box = [...second.pred];
      pred[side] = Number.NaN;
      const values = iou(kind, [first, { ...second, pred }, third]).map(({ value }) => value);
      expect(values.map(Number.isNaN)).toEqual([false, true, false]);
    }
  });
});
