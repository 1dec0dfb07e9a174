import { afterEach, describe, expect, it } from 'vitest';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Absolute. Reached: 2.9e-7. */
const BOUND = 5e-7;

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

type Rectangle = [x1: number, y1: number, x2: number, y2: number];
type Sides = [left: number, top: number, right: number, bottom: number];

interface Problem {
  stride: number;
  width: number;
  height: number;
  /** xyxy, pixels. */
  target: Box;
  rectangle: Rectangle;
  /** Of a cell's prediction, grid units. */
  sides(x: number, y: number): Sides;
}

const UNTOUCHED = -12345;

function overlap({ stride, width, height, target, rectangle, sides }: Problem): Float32Array {
  const cells = width * height;
  const data = new Float32Array(4 * cells);
  for (let cell = 0; cell < cells; cell++) {
    const ofCell = sides(cell % width, Math.floor(cell / width));
    for (let side = 0; side < 4; side++) data[side * cells + cell] = ofCell[side];
  }
  const [x1, y1, x2, y2] = rectangle;
  const count = (x2 - x1) * (y2 - y1);
  const distances = memory.input(data, 12);
  const cellsAt = memory.input(Int32Array.from(rectangle));
  const box = memory.input(Float64Array.from(target));
  const overlaps = memory.block(new Float32Array(count).fill(UNTOUCHED), 12);
  expect(kernels.overlap(distances, 4 * cells, width, stride, cellsAt, box, overlaps)).toBe(count);
  const computed = memory.f32(overlaps, count);
  memory.settle();
  return computed;
}

function expectOverlaps(problem: Problem, bound = BOUND): void {
  const computed = overlap(problem);
  const [x1, y1, x2, y2] = problem.rectangle;
  let i = 0;
  for (let y = y1; y < y2; y++) {
    for (let x = x1; x < x2; x++, i++) {
      const [l, t, r, b] = problem.sides(x, y).map((side) => Math.fround(side) * problem.stride);
      const [cx, cy] = [(x + 0.5) * problem.stride, (y + 0.5) * problem.stride];
      const pred: Box = [cx - l, cy - t, cx + r, cy + b];
      const { value } = boxSimilarity('ciou', pred, problem.target);
      expectClose(`cell ${x}, ${y}`, computed[i], Math.max(value, 0), bound, 1);
    }
  }
}

/** A target around the grid's middle, off every centre, and its candidates within the grid. */
function targetOf(
  size: number,
  stride: number,
  aspect: number,
): Pick<Problem, 'target' | 'rectangle'> {
  const [width, height] = [size * Math.min(1, aspect), size * Math.min(1, 1 / aspect)];
  const [x, y] = [10.53 * stride, 10.46 * stride];
  const target: Box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
  const first = (edge: number) => Math.max(0, Math.floor(edge / stride - 0.5) + 1);
  const end = (edge: number) => Math.min(20, Math.ceil(edge / stride - 0.5));
  const [x1, y1, x2, y2] = target;
  return { target, rectangle: [first(x1), first(y1), end(x2), end(y2)] };
}

const grid = { width: 20, height: 20 };
const strides = [8, 16, 32, 64];
const sizes = [2, 7, 31, 120, 500, 2000];

describe.each(strides)('overlap: stride %d', (stride) => {
  it.each(sizes)(
    `targets of %d pixels: within ${BOUND} of float64’s CIoU, and not below 0`,
    (size) => {
      const uniform = uniforms(size * stride);
      for (const aspect of [0.2, 1, 3]) {
        const { target, rectangle } = targetOf(size, stride, aspect);
        const near = (x: number, y: number): Sides => {
          const [cx, cy] = [(x + 0.5) * stride, (y + 0.5) * stride];
          const exact = [cx - target[0], cy - target[1], target[2] - cx, target[3] - cy];
          return exact.map((side) => (side / stride) * (0.6 + 0.8 * jitter(x, y))) as Sides;
        };
        const random = Float32Array.from({ length: 1600 }, () => 15 * uniform());
        const jitter = (x: number, y: number) => random[(7 * x + 31 * y) % 1600] / 15;
        const anywhere = (x: number, y: number) =>
          [...random.slice(4 * (20 * y + x)).slice(0, 4)] as Sides;
        for (const sides of [near, anywhere]) {
          expectOverlaps({ ...grid, stride, target, rectangle, sides });
        }
      }
    },
  );
});

describe('overlap: rectangles', () => {
  const problem = (rectangle: Rectangle): Problem => ({
    width: 20,
    height: 9,
    stride: 8,
    target: [-3, -5, 170, 80],
    rectangle,
    sides: (x, y) => [x + 0.3, y + 0.4, 20.5 - x, 9.5 - y],
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 20])('%d cells wide, row by row', (columns) => {
    for (const rows of [1, 2, 5, 9]) {
      expectOverlaps(problem([0, 0, columns, rows]));
      expectOverlaps(problem([20 - columns, 9 - rows, 20, 9]));
    }
  });

  it('an empty one gives 0 values and writes none', () => {
    for (const empty of [
      [3, 2, 3, 7],
      [3, 2, 8, 2],
      [0, 0, 0, 0],
    ] as Rectangle[]) {
      expect(overlap(problem(empty)).length).toBe(0);
    }
  });
});

describe('overlap: limits', () => {
  const at = (target: Box, sides: Sides) =>
    overlap({
      width: 1,
      height: 1,
      stride: 8,
      target,
      rectangle: [0, 0, 1, 1],
      sides: () => sides,
    })[0];

  it('1 to 1e-6 where prediction and target are the same', () => {
    expectClose('same', at([-12, -4, 20, 28], [2, 1, 2, 3]), 1, 1e-6);
  });

  it(`boxes so small that eps counts, 1e-2 to 1e-7 pixels: within ${BOUND}`, () => {
    for (const size of [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7]) {
      const sides = [0.9, 0.7, 1.2, 1.1].map((d) => (d * size) / 8) as Sides;
      const [x1, y1] = [4 - size, 4 - 0.8 * size];
      const target: Box = [x1, y1, 4 + size, 4 + size];
      const one = { width: 1, height: 1, stride: 8 };
      expectOverlaps({ ...one, target, rectangle: [0, 0, 1, 1], sides: () => sides });
    }
  });

  it('0 where the boxes are apart, just touch, or are inside out', () => {
    expect(at([100, 100, 120, 120], [1, 1, 1, 1])).toBe(0);
    expect(at([12, -4, 20, 12], [1, 1, 1, 1])).toBe(0);
    expect(at([-12, -4, 20, 28], [-2, 1, -2, 3])).toBe(0);
    expect(at([-12, -4, 20, 28], [2, -1, 2, -3])).toBe(0);
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
