import type { Dense } from '../backend/inputs.ts';
import { countOf, describe, frameworkTensor } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor } from '../types.ts';
import { isBuffer, readRange } from './buffer-range.ts';
import { checkLength, checkShape, copyShape, sizeOf } from './shape.ts';
import { describeArray, trueLength, viewFloats } from './typed-array.ts';

/** A validated float32 tensor, whose data has as many elements as its shape. */
export interface DenseTensor {
  data: Dense;
  shape: readonly number[];
}

/** A caller's tensor with unchecked parts. */
export type GivenTensor = { [Part in keyof Tensor]?: unknown };

/**
 * Reads a float32 tensor.
 *
 * @param name name of the call and of the argument
 * @param takesBuffers whether the backend reads GPUBuffers
 * @param axes see `readShape`
 * @throws {ShapeError | BackendError}
 */
export function readTensor(
  name: string,
  tensor: unknown,
  takesBuffers: boolean,
  axes?: string,
): DenseTensor {
  const shape = readShape(name, tensor, axes);
  return { shape, data: readData(name, tensor, shape, takesBuffers) };
}

/**
 * Reads a float32 tensor with a known shape.
 *
 * @param whose the tensor that has the needed shape, for messages
 * @throws {ShapeError | BackendError}
 */
export function readShaped(
  name: string,
  tensor: unknown,
  needed: readonly number[],
  whose: string,
  takesBuffers: boolean,
): Dense {
  const shape = readShape(name, tensor);
  checkShape(name, shape, needed, whose);
  return readData(name, tensor, shape, takesBuffers);
}

/**
 * Reads a tensor's shape.
 *
 * @param axes names such as '[B, C]' of the required axes, of which none may be empty; default: any shape
 * @param hintOf names the likely mistake behind another shape, at the end of the message
 * @throws {ShapeError} TENSOR_TYPE: the value is no tensor; TENSOR_SHAPE
 */
export function readShape(
  name: string,
  tensor: unknown,
  axes?: string,
  hintOf: (shape: readonly number[]) => string = () => '',
): readonly number[] {
  const foreign = frameworkTensor(tensor);
  const { data, shape } = (foreign ? {} : (tensor ?? {})) as GivenTensor;
  if (data === undefined) {
    const needed = axes ? `{ data, shape } with shape ${axes}` : '{ data, shape }';
    throw new ShapeError('TENSOR_TYPE', `${name} needs ${needed}, got ${describe(tensor)}`);
  }
  const rank = axes?.split(',').length;
  const sizes = copyShape(shape, axes ? 1 : 0);
  if (sizes && (rank === undefined || sizes.length === rank)) return sizes;
  const needed = axes
    ? `an array of ${rank} positive integers ${axes}`
    : 'an array of integers of at least 0';
  const got = describe(shape) + (sizes ? hintOf(sizes) : '');
  throw new ShapeError('TENSOR_SHAPE', `${name}.shape needs ${needed}, got ${got}`);
}

/**
 * Reads a tensor's data, as many float32 values as its shape has elements, from an array or part of a GPUBuffer.
 *
 * @param tensor tensor from which `readShape` read the shape
 * @throws {ShapeError | BackendError}
 */
export function readData(
  name: string,
  tensor: unknown,
  shape: readonly number[],
  takesBuffers: boolean,
): Dense {
  const { data, offset, size } = tensor as GivenTensor;
  if (takesBuffers && isBuffer(data)) return readRange(name, data, { offset, size }, shape);
  const view = viewFloats(data);
  if (!view) {
    const needed = `a Float32Array${takesBuffers ? ' or a GPUBuffer' : ''}`;
    const got = describeArray(data);
    throw new ShapeError('TENSOR_TYPE', `${name}.data needs ${needed}, got ${got}`);
  }
  if (offset !== undefined || size !== undefined) {
    throw new ShapeError(
      'TENSOR_TYPE',
      `${name}.${offset === undefined ? 'size' : 'offset'} needs data in a GPUBuffer, got ${describe(data)}: ` +
        'a part of an array is its subarray',
    );
  }
  checkLength(name, view.length, shape);
  return view;
}

/**
 * Checks after a wait that the memory of a tensor still exists.
 *
 * @throws {ShapeError} TENSOR_LENGTH: an array was detached or resized meanwhile
 */
export function checkStillThere(
  action: string,
  name: string,
  data: Dense | ArrayLike<number>,
  shape: readonly number[],
): void {
  if (!('length' in data) || trueLength(data) === sizeOf(shape)) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${action}: ${name}.data needs to keep its ${countOf(sizeOf(shape), 'value')} during the call, has ${trueLength(data)}`,
  );
}
