import type { Term } from '../term.ts';
import type { Unreduced, Values } from './reduce.ts';

/**
 * Computes a loss of every vector along an axis: class logits, bins or the numbers of a box.
 *
 * @param term loss of a vector and its gradient; `position` is its index among the values
 * @returns values of the input's shape without that axis
 */
export function alongAxis(
  input: Values,
  axis: number,
  term: (vector: number[], position: number) => Term<readonly number[]>,
): Unreduced {
  const { shape } = input;
  const terms = vectorsAlong(input, axis).map(term);
  const grad = { data: new Float64Array(input.data.length), shape };
  terms.forEach((t, position) => {
    t.grad.forEach((derivative, i) => {
      grad.data[indexAlong(shape, axis, position, i)] = derivative;
    });
  });
  const rest = [...shape.slice(0, axis), ...shape.slice(axis + 1)];
  return { values: { data: Float64Array.from(terms, (t) => t.value), shape: rest }, grad };
}

/** The vectors along an axis, in the row-major order of the other axes. */
export function vectorsAlong({ data, shape }: Values, axis: number): number[][] {
  const length = shape[axis];
  const count = product(shape.slice(0, axis)) * product(shape.slice(axis + 1));
  return Array.from({ length: count }, (_, position) =>
    Array.from({ length }, (_, i) => data[indexAlong(shape, axis, position, i)]),
  );
}

function indexAlong(shape: readonly number[], axis: number, position: number, i: number): number {
  const inner = product(shape.slice(axis + 1));
  return (Math.floor(position / inner) * shape[axis] + i) * inner + (position % inner);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}
