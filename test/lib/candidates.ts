import { expect } from 'vitest';
import type { Geometry } from '../../src/backend/assign/geometry.ts';
import { RECTANGLE } from '../../src/backend/programs/criteria/kernels.ts';
import type { SmallTargets } from '../../src/defaults.ts';
import type { KernelMemory } from './kernels.ts';

export interface Grid {
  /** Pixels per cell. */
  stride: number;
  height: number;
  width: number;
}

/** Grids of one row, one column, one cell and one pixel a cell among others. */
export const grids: Grid[] = [
  { stride: 8, height: 5, width: 7 },
  { stride: 16, height: 1, width: 33 },
  { stride: 13, height: 9, width: 4 },
  { stride: 64, height: 1, width: 1 },
  { stride: 1, height: 17, width: 16 },
];

const WORDS = RECTANGLE.bytes / 4;

/** Centres of all cells, row-major, in pixels. */
export function centresOf({ stride, height, width }: Grid) {
  return Array.from({ length: height * width }, (_, cell) => ({
    cell,
    x: ((cell % width) + 0.5) * stride,
    y: (Math.floor(cell / width) + 0.5) * stride,
  }));
}

/** Finds the candidates of targets, a record each, by a geometry's kernel. */
export function findCandidates(
  memory: KernelMemory,
  geometry: Geometry,
  records: readonly (readonly number[])[],
  grid: Grid,
  growth = { below: 0, growTo: 0 },
  withBorder = true,
) {
  const count = records.length;
  const most = count * geometry.mostRectangles(grid);
  const at = {
    targets: memory.input(Float64Array.from(records.flat())),
    rectangles: memory.block(new Int32Array(WORDS * most)),
    ends: memory.block(new Int32Array(count).fill(-7)),
    cover: memory.block(new Uint8Array(grid.height * grid.width)),
  };
  const total = memory.call(geometry.candidates, { ...at, ...grid, ...growth, withBorder, count });
  const ends = [...memory.i32(at.ends, count)];
  const words = memory.i32(at.rectangles, WORDS * (ends.at(-1) ?? 0));
  const rectangles = Array.from({ length: words.length / WORDS }, (_, i) => [
    ...words.subarray(WORDS * i, WORDS * (i + 1)),
  ]);
  const cover = [...memory.u8(at.cover, grid.height * grid.width)];
  memory.settle();
  return { rectangles, ends, cover, total };
}

/**
 * Fails unless the kernel finds just the expected cells, in rectangles that are not empty, and marks them in the cover.
 *
 * @param scans cells of each target, in the order of the kernel's rectangles
 */
export function expectCandidates(
  memory: KernelMemory,
  geometry: Geometry,
  records: readonly (readonly number[])[],
  grid: Grid,
  scans: readonly (readonly number[])[],
  growth?: SmallTargets,
): void {
  const { rectangles, ends, cover, total } = findCandidates(
    memory,
    geometry,
    records,
    grid,
    growth,
  );
  const found = ends.map((end, i) =>
    rectangles.slice(ends[i - 1] ?? 0, end).flatMap((rectangle) => cellsOf(rectangle, grid)),
  );
  expect(found).toEqual(scans);
  expect(total).toBe(scans.flat().length);
  const covered = new Set(scans.flat());
  expect(cover).toEqual(cover.map((_, cell) => Number(covered.has(cell))));
}

function cellsOf([x1, y1, x2, y2]: readonly number[], { width }: Grid): number[] {
  expect(x2).toBeGreaterThan(x1);
  expect(y2).toBeGreaterThan(y1);
  const cells: number[] = [];
  for (let y = y1; y < y2; y++) for (let x = x1; x < x2; x++) cells.push(y * width + x);
  return cells;
}
