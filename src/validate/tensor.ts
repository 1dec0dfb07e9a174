import type { BufferRange, Dense } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { BackendError, ShapeError } from '../errors.ts';
import type { Tensor, TensorData } from '../types.ts';
import { isDetached, plainFloat32Array } from './typed-array.ts';

/** Values that fit into 32-bit memory. */
const MAX_LENGTH = 2 ** 30 - 2 ** 16;
/** GPUBufferUsage.STORAGE; the name is no global in every runtime. */
const STORAGE = 0x80;

/** A dense input, validated. */
export interface DenseTensor {
  data: Dense;
  shape: readonly number[];
}

/**
 * A plain view of a tensor's data, or the part of a buffer it is in, and its shape, each read once.
 * Whether they fit is another matter: `fitted`.
 *
 * @param axes as they are called in messages
 * @param rank how many they are
 * @param takesBuffers whether the backend reads GPUBuffers
 */
export function readTensor(
  name: string,
  tensor: Tensor<TensorData>,
  axes: string,
  rank: number,
  takesBuffers: boolean,
): [view: Dense, shape: readonly number[]] {
  const { data, shape } = (tensor ?? {}) as Partial<Tensor<TensorData>>;
  if (data === undefined) {
    const needed = `{ data, shape } with shape ${axes}`;
    throw new ShapeError('TENSOR_TYPE', `${name} needs ${needed}, got ${describe(tensor)}`);
  }
  const view = readData(name, data, tensor, takesBuffers);
  const sizes = Array.isArray(shape) ? [...shape] : [];
  if (sizes.length !== rank || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name}.shape needs ${rank} positive integers ${axes}, got ${describe(shape)}`,
    );
  }
  return [view, sizes];
}

/** Where a tensor's elements are. Throws ShapeError and BackendError. */
export function readData(
  name: string,
  data: unknown,
  tensor: Tensor<unknown>,
  takesBuffers: boolean,
): Dense {
  if (takesBuffers && isBuffer(data)) return rangeOf(name, data, tensor);
  const key = (['offset', 'size'] as const).find((key) => tensor[key] !== undefined);
  if (key && !isBuffer(data)) {
    throw new ShapeError(
      'TENSOR_TYPE',
      `${name}.${key} needs data in a GPUBuffer, got ${describe(data)}: a part of an array is its subarray`,
    );
  }
  return viewOf(name, data, takesBuffers);
}

function viewOf(name: string, data: unknown, takesBuffers: boolean): Float32Array {
  const view = isDetached(data) ? undefined : plainFloat32Array(data);
  if (view) return view;
  const got = isDetached(data) ? 'one that is detached' : describe(data);
  const needed = `a Float32Array${takesBuffers ? ' or a GPUBuffer' : ''}`;
  throw new ShapeError('TENSOR_TYPE', `${name}.data needs ${needed}, got ${got}`);
}

/** Buffers of every WebGPU implementation, also of another realm. */
function isBuffer(data: unknown): data is GPUBuffer {
  const { mapAsync, usage } = (data ?? {}) as Partial<GPUBuffer>;
  return typeof mapAsync === 'function' && typeof usage === 'number';
}

/** Without `size`, all that is behind `offset`. */
function rangeOf(
  name: string,
  buffer: GPUBuffer,
  { offset = 0, size }: Tensor<unknown>,
): BufferRange {
  if ((buffer.usage & STORAGE) === 0) {
    throw new BackendError(
      'GPU_BUFFER',
      `${name}.data needs a GPUBuffer of usage STORAGE, got usage ${buffer.usage}`,
    );
  }
  if (buffer.mapState !== 'unmapped') {
    throw new BackendError(
      'GPU_BUFFER',
      `${name}.data needs a GPUBuffer that is not mapped, got one that is ${buffer.mapState}`,
    );
  }
  const bytes = size ?? buffer.size - offset;
  const isInside = offset >= 0 && bytes >= 0 && offset + bytes <= buffer.size;
  if (!isInside || offset % 4 !== 0 || bytes !== Math.floor(bytes)) {
    throw new ShapeError(
      'TENSOR_LENGTH',
      `${name} needs offset and size within its ${buffer.size} bytes, offset a multiple of 4, got ` +
        `${describe(offset)} and ${describe(size)}`,
    );
  }
  return { buffer, offset, size: bytes };
}

/** The view, of the length of its shape: a part of a buffer whose size was not given may be longer. */
export function fitted(
  name: string,
  view: Dense,
  { size }: Tensor<unknown>,
  shape: readonly number[],
): Dense {
  const needed = shape.reduce((product, axis) => product * axis, 1);
  if (view instanceof Float32Array) {
    if (view.length === needed) return view;
    throw new ShapeError(
      'TENSOR_LENGTH',
      `${name}.data needs ${needed} values for the shape [${shape}], got ${view.length}`,
    );
  }
  const bytes = needed * 4;
  if (size === undefined ? view.size >= bytes : size === bytes) return { ...view, size: bytes };
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name} needs ${bytes} bytes for the shape [${shape}], got ${view.size}`,
  );
}

/**
 * Checks, after a wait, that the memory of a tensor is still there.
 *
 * @throws {ShapeError} an array was detached or resized meanwhile
 */
export function checkStillThere(
  action: string,
  name: string,
  data: Dense | ArrayLike<number>,
  shape: readonly number[],
): void {
  if (!('length' in data)) return;
  const needed = shape.reduce((product, size) => product * size, 1);
  if (data.length === needed) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${action}: ${name}.data needs to keep its ${needed} values during the call, has ${data.length}`,
  );
}

/** Number of elements of a shape of any rank, of the empty shape, a number's, 1. */
export function validateShape(name: string, shape: readonly number[]): number {
  const sizes: unknown[] = Array.isArray(shape) ? [...shape] : [];
  const length = sizes.reduce<number>((product, size) => product * (size as number), 1);
  const isWhole = sizes.every((size) => Number.isInteger(size) && (size as number) >= 0);
  if (Array.isArray(shape) && isWhole && length <= MAX_LENGTH) return length;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${name} needs an array of integers of at least 0 with a product of at most ${MAX_LENGTH}, got ${describe(shape)}`,
  );
}
