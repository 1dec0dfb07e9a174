import { countOf, describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';

/** Largest number of axes, as in PyTorch. */
const MOST_AXES = 64;
/** Largest number of empty rows of a tensor without elements. */
const MOST_EMPTY_ROWS = 2 ** 24;
/** Largest number of float32 values in 32-bit memory. */
const MOST_VALUES = 2 ** 30 - 2 ** 16;

/** Number of elements of a shape; 1 for the empty shape of a single number. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Copies a shape whose sizes are integers of at least `least`; undefined if the value is none. */
export function copyShape(shape: unknown, least: number): number[] | undefined {
  if (!Array.isArray(shape) || shape.length > MOST_AXES) return undefined;
  const sizes = [...shape] as number[];
  if (!sizes.every((size) => Number.isInteger(size) && size >= least)) return undefined;
  const rows = sizeOf(sizes.map((size) => Math.max(size, 1)));
  return sizes.includes(0) && rows > MOST_EMPTY_ROWS ? undefined : sizes;
}

/**
 * Checks that a tensor has the shape of another one.
 *
 * @param whose the tensor that has the needed shape, for the message
 * @throws {ShapeError} TENSOR_SHAPE
 */
export function checkShape(
  name: string,
  shape: readonly number[],
  needed: readonly number[],
  whose: string,
): void {
  if (shape.length === needed.length && shape.every((size, axis) => size === needed[axis])) return;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${name} needs the shape [${needed}] of ${whose}, got [${shape}]`,
  );
}

/**
 * Checks that data has as many elements as its shape.
 *
 * @throws {ShapeError} TENSOR_LENGTH
 */
export function checkLength(name: string, length: number, shape: readonly number[]): void {
  const count = sizeOf(shape);
  if (length === count) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name}.data needs ${countOf(count, 'value')} for the shape [${shape}], got ${length}`,
  );
}

/**
 * Reads the shape of a tensor to allocate.
 *
 * @throws {ShapeError} TENSOR_SHAPE
 */
export function validateShape(name: string, shape: unknown): number[] {
  const sizes = copyShape(shape, 0);
  if (sizes && sizeOf(sizes) <= MOST_VALUES) return sizes;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${name} needs an array of integers of at least 0 with a product of at most ${MOST_VALUES}, got ${describe(shape)}`,
  );
}
