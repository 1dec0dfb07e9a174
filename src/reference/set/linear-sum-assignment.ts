import { toIntegers } from './to-integers.ts';

/** Marks a row without a column, and a column without a row. */
const NONE = -1;

/** Matching of least sum, and potentials with rowPotential + columnPotential ≤ cost, equal at the pairs. */
interface Solution {
  columnOf: number[];
  rowOf: number[];
  rowPotential: bigint[];
  /** At most 0; 0 for columns without a row. */
  columnPotential: bigint[];
}

/**
 * Assigns columns to rows, each at most once, so that min(rows, columns) pairs have the least summed cost.
 *
 * A cost that is NaN or infinite ranks behind every finite one: there are as few such pairs as possible,
 * then the least sum of the others. All sums are exact. Of equal optima the first row takes the lowest column that it can,
 * then the second, and so on; no column ranks last.
 *
 * @param cost [rows, columns] flat
 * @returns [rows], the row's column or −1
 * Source: shortest augmenting paths; Crouse, "On implementing 2D rectangular assignment algorithms", 2016
 */
export function linearSumAssignment(
  cost: ArrayLike<number>,
  rows: number,
  columns: number,
): Int32Array {
  const integers = toIntegers(cost, Math.min(rows, columns));
  // With more rows than columns the rest of the rows take columns that cost nothing
  const places = Math.max(rows, columns);
  const matrix = Array.from({ length: rows }, (_, r) =>
    Array.from({ length: places }, (_, c) => (c < columns ? integers[r * columns + c] : 0n)),
  );
  const solution = solve(matrix, places);
  preferLowerColumns(matrix, solution);
  return Int32Array.from(solution.columnOf, (column) => (column < columns ? column : NONE));
}

function solve(cost: readonly bigint[][], columns: number): Solution {
  const solution: Solution = {
    columnOf: new Array(cost.length).fill(NONE),
    rowOf: new Array(columns).fill(NONE),
    rowPotential: new Array(cost.length).fill(0n),
    columnPotential: new Array(columns).fill(0n),
  };
  for (let row = 0; row < cost.length; row++) augment(cost, solution, row);
  return solution;
}

/** Adds a row to the matching along the shortest path of reduced costs to a column without a row. */
function augment(cost: readonly bigint[][], solution: Solution, start: number): void {
  const { columnOf, rowOf, rowPotential, columnPotential } = solution;
  const distance: bigint[] = [];
  const rowBefore: number[] = [];
  const open = new Set(rowOf.keys());
  const visited: number[] = [];
  let reached = 0n;
  let column = NONE;
  for (let row = start; row !== NONE; row = rowOf[column]) {
    let nearest = NONE;
    for (const c of open) {
      const length = reached + cost[row][c] - rowPotential[row] - columnPotential[c];
      if (distance[c] === undefined || length < distance[c]) {
        distance[c] = length;
        rowBefore[c] = row;
      }
      if (nearest === NONE || distance[c] < distance[nearest]) nearest = c;
    }
    column = nearest;
    reached = distance[column];
    open.delete(column);
    visited.push(column);
  }
  rowPotential[start] += reached;
  for (const c of visited.slice(0, -1)) {
    rowPotential[rowOf[c]] += reached - distance[c];
    columnPotential[c] -= reached - distance[c];
  }
  for (let row = NONE; row !== start; ) {
    row = rowBefore[column];
    rowOf[column] = row;
    [columnOf[row], column] = [column, columnOf[row]];
  }
}

/**
 * Moves to the first of the equal optima: they are the matchings whose pairs all have a reduced cost of 0 and that leave
 * out only columns of potential 0. Rows of zeros stand for having no row: with them every column has one, and every move is
 * a cycle.
 */
function preferLowerColumns(cost: readonly bigint[][], solution: Solution): void {
  const rows = cost.length;
  const columns = solution.rowOf.length;
  const noRow: bigint[] = new Array(columns).fill(0n);
  const square = [...cost, ...new Array<bigint[]>(columns - rows).fill(noRow)];
  solution.rowOf.forEach((row, column) => {
    if (row !== NONE) return;
    solution.rowOf[column] = solution.columnOf.push(column) - 1;
    solution.rowPotential.push(0n);
  });
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < solution.columnOf[row]; column++) {
      if (move(square, solution, row, column)) break;
    }
  }
  solution.columnOf.length = rows;
}

/** Gives a row another column if the later rows can make room at no cost. */
function move(
  cost: readonly bigint[][],
  { columnOf, rowOf, rowPotential, columnPotential }: Solution,
  row: number,
  column: number,
): boolean {
  const tried = new Set<number>();
  const take = (taker: number, wanted: number): boolean => {
    if (tried.has(wanted)) return false;
    if (cost[taker][wanted] !== rowPotential[taker] + columnPotential[wanted]) return false;
    tried.add(wanted);
    const owner = rowOf[wanted];
    const makesRoom = owner === row || (owner > row && evade(owner));
    if (!makesRoom) return false;
    rowOf[wanted] = taker;
    columnOf[taker] = wanted;
    return true;
  };
  const evade = (owner: number) => rowOf.some((_, other) => take(owner, other));
  return take(row, column);
}
