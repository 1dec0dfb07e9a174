import { afterEach, describe, expect, it } from 'vitest';
import { OVERLAP_KINDS } from '../../src/kinds.ts';
import type { Box } from '../../src/reference/iou.ts';
import type { RotatedBox } from '../../src/reference/probiou.ts';
import {
  type ChooseTarget,
  candidatesOf,
  choose,
  expectedOverlaps,
  type Rectangle,
} from '../lib/choose.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Absolute error. Reached: 2.9e-7. */
const BOUND = 5e-7;
/** Absolute error with ProbIoU, which is rounded to float32. Reached: 3.0e-8. */
const ROTATED_BOUND = 6e-8;

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

type Sides = [left: number, top: number, right: number, bottom: number];

type Problem = ChooseTarget & {
  stride: number;
  width: number;
  height: number;
  rectangles: Rectangle[];
  /** Prediction of a cell: sides in grid units, and of rotated boxes the angle. */
  numbers(x: number, y: number): number[];
};

/** A problem in which `choose` has none to choose, and so measures alone. */
function problemOf({ stride, width, height, rectangles, numbers, ...target }: Problem) {
  const cells = width * height;
  const rows = target.kind === 'probiou' ? 5 : 4;
  const distances = new Float32Array(rows * cells);
  for (let cell = 0; cell < cells; cell++) {
    const own = numbers(cell % width, Math.floor(cell / width));
    for (let row = 0; row < rows; row++) distances[row * cells + cell] = own[row];
  }
  const levels = [{ width, height, stride, rectangles }];
  const logits = new Float32Array(candidatesOf(levels).length).fill(Number.NaN);
  return { ...target, levels, distances, logits, alpha: 1, beta: 1, topk: 0 };
}

function overlap(problem: Problem): Float32Array {
  const { overlaps, chosen } = choose(memory, problemOf(problem));
  expect(chosen).toEqual([]);
  return overlaps;
}

function expectOverlaps(problem: Problem, bound = BOUND): void {
  const expected = expectedOverlaps(problemOf(problem));
  overlap(problem).forEach((own, i) => {
    expectClose(`candidate ${i}`, own, expected[i], bound, 1);
  });
}

/** A target around the grid's middle, off every centre, and its candidates within the grid. */
function targetOf(size: number, stride: number, aspect: number) {
  const [width, height] = [size * Math.min(1, aspect), size * Math.min(1, 1 / aspect)];
  const [x, y] = [10.53 * stride, 10.46 * stride];
  const target: Box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
  const first = (edge: number) => Math.max(0, Math.floor(edge / stride - 0.5) + 1);
  const end = (edge: number) => Math.min(20, Math.ceil(edge / stride - 0.5));
  const [x1, y1, x2, y2] = target;
  const rectangle: Rectangle = [first(x1), first(y1), end(x2), end(y2)];
  return { target, rectangles: [rectangle] };
}

const grid = { width: 20, height: 20 };
const sizes = [2, 7, 31, 120, 500, 2000];
const cases = OVERLAP_KINDS.flatMap((kind) => [8, 16, 32, 64].map((stride) => ({ kind, stride })));

describe.each(cases)('choose, topk 0: $kind, stride $stride', ({ kind, stride }) => {
  it.each(sizes)(
    `targets of %d pixels: within ${BOUND} of float64’s similarity, and not below 0`,
    (size) => {
      const uniform = uniforms(size * stride);
      for (const aspect of [0.2, 1, 3]) {
        const { target, rectangles } = targetOf(size, stride, aspect);
        const near = (x: number, y: number): Sides => {
          const [cx, cy] = [(x + 0.5) * stride, (y + 0.5) * stride];
          const exact = [cx - target[0], cy - target[1], target[2] - cx, target[3] - cy];
          return exact.map((side) => (side / stride) * (0.6 + 0.8 * jitter(x, y))) as Sides;
        };
        const random = Float32Array.from({ length: 1600 }, () => 15 * uniform());
        const jitter = (x: number, y: number) => random[(7 * x + 31 * y) % 1600] / 15;
        const anywhere = (x: number, y: number) => [...random.slice(4 * (20 * y + x)).slice(0, 4)];
        for (const numbers of [near, anywhere]) {
          expectOverlaps({ ...grid, kind, stride, target, rectangles, numbers });
        }
      }
    },
  );
});

describe.each(OVERLAP_KINDS)('choose, topk 0: %s', (kind) => {
  const problem = (...rectangles: Rectangle[]): Problem => ({
    kind,
    width: 20,
    height: 9,
    stride: 8,
    target: [-3, -5, 170, 80],
    rectangles,
    numbers: (x, y) => [x + 0.3, y + 0.4, 20.5 - x, 9.5 - y],
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 20])(
    'rectangles %d cells wide, row by row',
    (columns) => {
      for (const rows of [1, 2, 5, 9]) {
        const [first, last]: Rectangle[] = [
          [0, 0, columns, rows],
          [20 - columns, 9 - rows, 20, 9],
        ];
        expectOverlaps(problem(first));
        expectOverlaps(problem(last));
        expectOverlaps(problem(first, last));
      }
    },
  );

  it('no rectangle, and empty ones, have no overlaps', () => {
    expect(overlap(problem()).length).toBe(0);
    for (const empty of [
      [3, 2, 3, 7],
      [3, 2, 8, 2],
      [0, 0, 0, 0],
    ] as Rectangle[]) {
      expect(overlap(problem(empty)).length).toBe(0);
    }
  });
});

describe.each(OVERLAP_KINDS)('choose, topk 0: limits of %s', (kind) => {
  const one = { kind, width: 1, height: 1, stride: 8, rectangles: [[0, 0, 1, 1]] as Rectangle[] };
  /** Adding 0 makes 0 of −0, which IoU may be. */
  const at = (target: Box, sides: Sides) =>
    overlap({ ...one, target, numbers: () => sides })[0] + 0;

  it('1 to 1e-6 where prediction and target are the same', () => {
    expectClose('same', at([-12, -4, 20, 28], [2, 1, 2, 3]), 1, 1e-6);
  });

  it(`boxes so small that eps counts, 1e-2 to 1e-7 pixels: within ${BOUND}`, () => {
    for (const size of [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7]) {
      const sides = [0.9, 0.7, 1.2, 1.1].map((d) => (d * size) / 8);
      const target: Box = [4 - size, 4 - 0.8 * size, 4 + size, 4 + size];
      expectOverlaps({ ...one, target, numbers: () => sides });
    }
  });

  it('0 where the boxes are apart, just touch, or are inside out', () => {
    expect(at([100, 100, 120, 120], [1, 1, 1, 1])).toBe(0);
    expect(at([12, -4, 20, 12], [1, 1, 1, 1])).toBe(0);
    expect(at([-12, -4, 20, 28], [-2, 1, -2, 3])).toBe(0);
    expect(at([-12, -4, 20, 28], [2, -1, 2, -3])).toBe(0);
    // The union is 0
    expect(at([4, 2, 4, 6], [-0.0625, 0, -0.0625, 0])).toBe(0);
  });

  it('0 where either has no area', () => {
    expect(at([-12, -4, 20, 28], [0, 0, 0, 0])).toBe(0);
    expect(at([4, 4, 4, 4], [2, 1, 2, 3])).toBe(0);
    expect(at([4, 4, 4, 4], [0, 0, 0, 0])).toBe(0);
  });

  it('NaN stays NaN', () => {
    for (let side = 0; side < 4; side++) {
      const sides: Sides = [2, 1, 2, 3];
      sides[side] = Number.NaN;
      expect(at([-12, -4, 20, 28], sides)).toBeNaN();
    }
  });
});

describe('choose, topk 0: probiou', () => {
  const rotated = { kind: 'probiou', width: 20, height: 9, stride: 8 } as const;

  it.each([1, 2, 3, 4, 5, 8, 17])(
    `rows of %d cells: within ${ROTATED_BOUND} of float64’s ProbIoU, and not below 0`,
    (columns) => {
      const uniform = uniforms(columns);
      const random = Array.from({ length: 9 * 20 * 5 }, (_, i) =>
        i % 5 < 4 ? 0.2 + 6 * uniform() : 3 * uniform(),
      );
      const rectangles = Array.from(
        { length: 9 },
        (_, y): Rectangle => [y % 4, y, (y % 4) + columns, y + 1],
      );
      const numbers = (x: number, y: number) => random.slice(5 * (20 * y + x)).slice(0, 5);
      const target: RotatedBox = [81.3, 34.7, 90, 30, 0.6];
      expectOverlaps({ ...rotated, target, rectangles, numbers }, ROTATED_BOUND);
    },
  );

  it('NaN stays NaN', () => {
    for (let row = 0; row < 5; row++) {
      const numbers = [2, 1, 2, 3, 0.4].map((number, i) => (i === row ? Number.NaN : number));
      const target: RotatedBox = [4, 12, 32, 32, 0.5];
      const rectangles: Rectangle[] = [[3, 2, 4, 3]];
      expect(overlap({ ...rotated, target, rectangles, numbers: () => numbers })[0]).toBeNaN();
    }
  });
});
