import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearSumAssignment } from '../../../src/reference/set/linear-sum-assignment.ts';

interface Matrix {
  cost: number[];
  rows: number;
  columns: number;
}

const { NaN: nan, POSITIVE_INFINITY: infinity, MAX_VALUE: huge, MIN_VALUE: tiny } = Number;

/** Small matrices, so that all assignments can be tried. */
function matrices(entry: fc.Arbitrary<number>): fc.Arbitrary<Matrix> {
  return fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
    .chain(([rows, columns]) =>
      fc
        .array(entry, { minLength: rows * columns, maxLength: rows * columns })
        .map((cost) => ({ cost, rows, columns })),
    );
}
/** Few different numbers, so that most optima have equals. Their sums are exact. */
const tied = fc.constantFrom(-2, -1, 0, 0.5, 1);
const notFinite = fc.constantFrom(-1, 0, 2.25, nan, infinity, -infinity);

/** Lists every assignment of min(rows, columns) pairs, the preferred first among equals. */
function allAssignments(rows: number, columns: number): number[][] {
  const extend = (chosen: number[]): number[][] => {
    if (chosen.length === rows) {
      const pairs = chosen.filter((column) => column >= 0).length;
      return pairs === Math.min(rows, columns) ? [chosen] : [];
    }
    const free = Array.from({ length: columns }, (_, c) => c).filter((c) => !chosen.includes(c));
    return [...free, -1].flatMap((column) => extend([...chosen, column]));
  };
  return extend([]);
}

/** Number of pairs whose cost is not finite, and the sum of the others. */
function sums({ cost, columns }: Matrix, columnOf: ArrayLike<number>): [number, number] {
  const costs = Array.from(columnOf, (column, row) => [column, row])
    .filter(([column]) => column >= 0)
    .map(([column, row]) => cost[row * columns + column]);
  const finite = costs.filter(Number.isFinite);
  return [costs.length - finite.length, finite.reduce((sum, x) => sum + x, 0)];
}

function bruteForce(matrix: Matrix): number[] {
  const [first, ...others] = allAssignments(matrix.rows, matrix.columns);
  return others.reduce((best, other) => {
    const [a, b] = [sums(matrix, other), sums(matrix, best)];
    return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? other : best;
  }, first);
}

const assign = ({ cost, rows, columns }: Matrix) => [...linearSumAssignment(cost, rows, columns)];

describe('linearSumAssignment', () => {
  it.each([
    ['equal numbers', tied, 1000],
    ['numbers that are not finite', notFinite, 1000],
  ] as const)('%s: the first of the least by brute force', (_, entry, numRuns) => {
    const property = fc.property(matrices(entry), (matrix) => {
      expect(assign(matrix)).toEqual(bruteForce(matrix));
    });
    fc.assert(property, { seed: 1, numRuns });
  });

  it('any finite numbers: no sum is below its own, but for rounding', () => {
    const entry = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    const property = fc.property(matrices(entry), (matrix) => {
      const [, least] = sums(matrix, bruteForce(matrix));
      expect(sums(matrix, assign(matrix))[1]).toBeLessThanOrEqual(least + 1e-11);
    });
    fc.assert(property, { seed: 2, numRuns: 300 });
  });

  it('differences that float64 sums lose decide', () => {
    expect(assign({ cost: [1e16, 0, 1, -1e16], rows: 2, columns: 2 })).toEqual([0, 1]);
    expect(assign({ cost: [1e16, 0, -1, -1e16], rows: 2, columns: 2 })).toEqual([1, 0]);
    expect(assign({ cost: [huge, huge - 2 ** 971, huge, huge], rows: 2, columns: 2 })).toEqual([
      1, 0,
    ]);
    expect(assign({ cost: [tiny, 0, 0, 0], rows: 2, columns: 2 })).toEqual([1, 0]);
    expect(assign({ cost: [huge, tiny, tiny, -huge], rows: 2, columns: 2 })).toEqual([0, 1]);
  });

  it('identical columns go to the rows in order, and no column ranks last', () => {
    expect(assign({ cost: new Array(12).fill(3), rows: 3, columns: 4 })).toEqual([0, 1, 2]);
    expect(assign({ cost: new Array(12).fill(nan), rows: 4, columns: 3 })).toEqual([0, 1, 2, -1]);
  });

  it('no rows or no columns: no pairs', () => {
    expect(assign({ cost: [], rows: 0, columns: 3 })).toEqual([]);
    expect(assign({ cost: [], rows: 2, columns: 0 })).toEqual([-1, -1]);
  });

  it('a large matrix: no swap of two rows lowers the sum', () => {
    const [rows, columns] = [60, 90];
    const cost = Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i));
    const columnOf = linearSumAssignment(cost, rows, columns);
    const at = (row: number, column: number) => cost[row * columns + column];
    for (let a = 0; a < rows; a++) {
      for (let b = 0; b < a; b++) {
        const now = at(a, columnOf[a]) + at(b, columnOf[b]);
        expect(at(a, columnOf[b]) + at(b, columnOf[a])).toBeGreaterThanOrEqual(now);
      }
    }
    expect(new Set(columnOf).size).toBe(rows);
  });
});
