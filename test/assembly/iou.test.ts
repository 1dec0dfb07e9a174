import { afterEach, describe, expect, it } from 'vitest';
import { type IouKind, OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from '../../src/kinds.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { type Pair as BoxPair, ROUNDING, roundPairs, similarities } from '../lib/box-pairs.ts';
import { expectClose } from '../lib/compare.ts';
import { loadFixture } from '../lib/golden.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Relative error of a golden, which is rounded to float32. Reached: 5.9e-8. */
const GOLDEN_BOUND = 6e-8;
/** Relative error of a golden gradient: both numbers are rounded to float32. Reached: 1.2e-7. */
const GOLDEN_GRAD_BOUND = 2 * GOLDEN_BOUND;
/** Smaller goldens are differences of larger numbers: their error is relative to this one. */
const SMALL = 1e-3;
/** Absolute error; of gradients relative to the largest component where that is above 1. Reached: 6.7e-14. */
const BOUND = 1e-13;
/** Error where a box has no area: most of a divisor is eps. Reached: 2.8e-14. */
const NO_AREA_BOUND = 1e-12;

const memory = await KernelMemory.ofLosses();
afterEach(() => memory.settle());

type Pair = BoxPair<Box>;

function expectSimilar(kind: IouKind, pairs: Pair[], bound = BOUND) {
  similarities(memory, kind, pairs).forEach(({ value, grad }, n) => {
    const expected = boxSimilarity(kind, pairs[n].pred, pairs[n].target);
    expectClose(`value ${n} of ${pairs.length}`, value, expected.value, bound, 1);
    const scale = Math.max(1, ...expected.grad.map(Math.abs));
    grad.forEach((component, i) => {
      const own = bound + (ROUNDING * Math.abs(expected.grad[i])) / scale;
      expectClose(`grad ${n}, ${i}`, component, expected.grad[i], own, scale);
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
  return roundPairs(Array.from({ length: count }, () => ({ pred: box(), target: box() })));
}

describe.each(OVERLAP_KINDS)('iou: %s', (kind) => {
  it(`golden pairs: values within ${GOLDEN_BOUND}, gradients within ${GOLDEN_GRAD_BOUND}, relative`, async () => {
    const { tensors } = await loadFixture('iou');
    const floats = (name: string) => tensors[name].data as Float32Array;
    const row = (name: string, n: number) => [...floats(name).subarray(4 * n, 4 * n + 4)] as Box;
    const pairs = Array.from({ length: 512 }, (_, n): Pair => {
      return { pred: row('pred', n), target: row('target', n) };
    });
    similarities(memory, kind, pairs).forEach(({ value, grad }, n) => {
      expectClose(`value ${n}`, value, floats(`${kind}.value`)[n], GOLDEN_BOUND, SMALL);
      const golden = row(`${kind}.grad`, n);
      grad.forEach((component, i) => {
        expectClose(`grad ${n}, ${i}`, component, golden[i], GOLDEN_GRAD_BOUND, SMALL);
      });
    });
  });
});

describe.each(UPRIGHT_IOU_KINDS)('iou: %s', (kind) => {
  it.each(lengths)(`%d random pairs: value and gradient to ${BOUND}`, (count) => {
    expectSimilar(kind, randomPairs(count));
  });

  it(`boxes of 1e-2 to 1e4 units: to ${BOUND}`, () => {
    for (const scale of [0.05, 1, 2000]) expectSimilar(kind, randomPairs(64, scale));
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
      // Their similarities are raised
      [40, 9, -20, 5],
      [2, 90, 3, -70],
      [70, 90, -60, -50],
    ];
    expectSimilar(
      kind,
      preds.map((pred) => ({ pred, target })),
    );
    const line: Box = [0, 3, 8, 3];
    expectSimilar(
      kind,
      preds.map((pred) => ({ pred, target: line })),
    );
    // Their union is 0
    expectSimilar(kind, [{ pred: [2, 2, 1, 2], target: [5, 4, 5, 7] }]);
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
    for (const { value, grad } of similarities(memory, kind, pairs)) {
      expect([value, ...grad].every(Number.isFinite)).toBe(true);
    }
    expectSimilar(kind, pairs, NO_AREA_BOUND);
  });
});
