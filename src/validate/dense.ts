import type { Dense } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { ShapeError, TargetError } from '../errors.ts';
import { copyShape, type GivenTensor, readGiven } from './read.ts';
import { type DenseTensor, fitted, type ReadTensor, readData } from './tensor.ts';
import { isDetached, plainNumbers } from './typed-array.ts';

/** Number of elements; of the empty shape, a number's, 1. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * A tensor of any rank, none of its axes negative; each of its parts is read once.
 *
 * @param name of the argument, behind the call's
 * @param takesBuffers whether the backend reads GPUBuffers
 * @throws {ShapeError | BackendError}
 */
export function readDense(name: string, tensor: unknown, takesBuffers: boolean): DenseTensor {
  const read = readAny(name, tensor, takesBuffers);
  return { data: fitted(name, read), shape: read.shape };
}

/** The same, with its parts as they were given; whether they fit is another matter. */
export function readAny(name: string, tensor: unknown, takesBuffers: boolean): ReadTensor {
  const { given, shape } = readParts(name, tensor);
  return { given, view: readData(name, given, takesBuffers), shape };
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
  takesBuffers: boolean,
): Dense {
  const { data, shape } = readDense(name, tensor, takesBuffers);
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
  const { given, shape } = readParts(name, tensor);
  const data = isDetached(given.data) ? given.data : (plainNumbers(given.data) ?? given.data);
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

function readParts(
  name: string,
  tensor: unknown,
): { given: GivenTensor; shape: readonly number[] } {
  const given = readGiven(tensor);
  if (given.data === undefined) {
    throw new ShapeError('TENSOR_TYPE', `${name} needs { data, shape }, got ${given.text}`);
  }
  const shape = copyShape(given.shape, 0);
  if (!shape) {
    const got = describe(given.shape);
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name}.shape needs an array of integers of at least 0, got ${got}`,
    );
  }
  return { given, shape };
}

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

function checkLength(name: string, length: number, shape: readonly number[]): void {
  if (length === sizeOf(shape)) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name}.data needs ${sizeOf(shape)} values for the shape [${shape}], got ${length}`,
  );
}
