import { describe } from '../describe.ts';
import { ShapeError, TargetError } from '../errors.ts';
import type { Tensor } from '../types.ts';
import { isDetached, plainFloat32Array } from './typed-array.ts';

/** A dense argument of any rank, each of its parts read once. */
export interface Dense {
  data: Float32Array;
  shape: readonly number[];
}

/** Number of elements; of the empty shape, a number's, 1. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * A plain view of a tensor of any rank, none of its axes negative.
 *
 * @param name of the argument, behind the call's
 * @throws {ShapeError}
 */
export function readDense(name: string, tensor: unknown): Dense {
  const { data, shape } = readParts(name, tensor);
  const view = isDetached(data) ? undefined : plainFloat32Array(data);
  if (!view) {
    const got = isDetached(data) ? 'one that is detached' : describe(data);
    throw new ShapeError('TENSOR_TYPE', `${name}.data needs a Float32Array, got ${got}`);
  }
  checkLength(name, view.length, shape);
  return { data: view, shape };
}

/**
 * The same of a tensor whose shape is known.
 *
 * @param whose what has that shape, for messages
 */
export function readShaped(
  name: string,
  tensor: unknown,
  needed: readonly number[],
  whose: string,
): Float32Array {
  const { data, shape } = readDense(name, tensor);
  checkShape(name, shape, needed, whose);
  return data;
}

/** The shape that a tensor says it has. Throws ShapeError. */
export function readShape(name: string, tensor: unknown): readonly number[] {
  return readParts(name, tensor).shape;
}

/**
 * Class indices, in any array-like.
 *
 * @param ignored the index that stands for no class; it becomes −1
 * @throws {ShapeError | TargetError}
 */
export function readIndices(
  name: string,
  tensor: unknown,
  needed: readonly number[],
  whose: string,
  classes: number,
  ignored?: number,
): Int32Array {
  const { data, shape } = readParts(name, tensor);
  const { length } = (data ?? {}) as ArrayLike<unknown>;
  if (typeof data !== 'object' || !Number.isInteger(length) || isDetached(data)) {
    const got = isDetached(data) ? 'one that is detached' : describe(data);
    throw new TargetError('TARGET_TYPE', `${name}.data needs an array of integers, got ${got}`);
  }
  checkShape(name, shape, needed, whose);
  checkLength(name, length, shape);
  const indices = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const index = (data as ArrayLike<unknown>)[i];
    const isClass =
      Number.isInteger(index) && (index as number) >= 0 && (index as number) < classes;
    if (!isClass && (index !== ignored || ignored === undefined)) {
      const other = ignored === undefined ? '' : ` or the ignoreIndex ${ignored}`;
      throw new TargetError(
        'TARGET_CLASS',
        `${name}.data[${i}] needs an integer from 0 to ${classes - 1}${other}, got ${describe(index)}`,
      );
    }
    indices[i] = index === ignored ? -1 : (index as number);
  }
  return indices;
}

function readParts(name: string, tensor: unknown): { data: unknown; shape: readonly number[] } {
  const { data, shape } = (tensor ?? {}) as Partial<Tensor<unknown>>;
  if (data === undefined) {
    throw new ShapeError('TENSOR_TYPE', `${name} needs { data, shape }, got ${describe(tensor)}`);
  }
  // A copy has no holes, which `every` would pass over
  const sizes: unknown[] = Array.isArray(shape) ? [...shape] : [];
  const isShape = sizes.every((size) => Number.isInteger(size) && (size as number) >= 0);
  if (!Array.isArray(shape) || !isShape) {
    const needed = 'an array of integers of at least 0';
    throw new ShapeError('TENSOR_SHAPE', `${name}.shape needs ${needed}, got ${describe(shape)}`);
  }
  return { data, shape: sizes as number[] };
}

function checkShape(
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

function checkLength(name: string, length: number, shape: readonly number[]): void {
  if (length === sizeOf(shape)) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name}.data needs ${sizeOf(shape)} values for the shape [${shape}], got ${length}`,
  );
}
