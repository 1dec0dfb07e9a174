import type { BufferRange, Dense } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { BackendError, ShapeError } from '../errors.ts';
import { copyShape, type GivenTensor, readGiven } from './read.ts';
import { isDetached, plainFloat32Array, trueLength } from './typed-array.ts';

/** Values that fit into 32-bit memory. */
const MAX_LENGTH = 2 ** 30 - 2 ** 16;
/** GPUBufferUsage.STORAGE; the name is no global in every runtime. */
const STORAGE = 0x80;

/** A dense input, validated. */
export interface DenseTensor {
  data: Dense;
  shape: readonly number[];
}

/** A tensor whose data and shape are each what they should be; whether they fit is another matter: `fitted`. */
export interface ReadTensor {
  given: GivenTensor;
  /** A plain view of the data, or the part of a buffer it is in. */
  view: Dense;
  shape: readonly number[];
}

/**
 * The parts of a tensor, each read once.
 *
 * @param axes as they are called in messages
 * @param rank how many they are
 * @param takesBuffers whether the backend reads GPUBuffers
 */
export function readTensor(
  name: string,
  tensor: unknown,
  axes: string,
  rank: number,
  takesBuffers: boolean,
): ReadTensor {
  const given = readGiven(tensor);
  if (given.data === undefined) {
    const needed = `{ data, shape } with shape ${axes}`;
    throw new ShapeError('TENSOR_TYPE', `${name} needs ${needed}, got ${given.text}`);
  }
  // Its elements may be getters: before the data, which they may take away
  const shape = copyShape(given.shape, 1);
  const view = readData(name, given, takesBuffers);
  if (shape?.length !== rank) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name}.shape needs ${rank} positive integers ${axes}, got ${describe(given.shape)}`,
    );
  }
  return { given, view, shape };
}

/** Where a tensor's elements are. Throws ShapeError and BackendError. */
export function readData(name: string, given: GivenTensor, takesBuffers: boolean): Dense {
  const { data } = given;
  if (takesBuffers && isBuffer(data)) return rangeOf(name, data, given);
  const key = (['offset', 'size'] as const).find((key) => given[key] !== undefined);
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
function rangeOf(name: string, buffer: GPUBuffer, { offset = 0, size }: GivenTensor): BufferRange {
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
  const start = Number.isInteger(offset) ? (offset as number) : Number.NaN;
  const bytes = size ?? buffer.size - start;
  const isInside = start >= 0 && isWhole(bytes) && start + bytes <= buffer.size;
  if (!isInside || start % 4 !== 0) {
    throw new ShapeError(
      'TENSOR_LENGTH',
      `${name} needs offset and size within its ${buffer.size} bytes, offset a multiple of 4, got ` +
        `${describe(offset)} and ${describe(size)}`,
    );
  }
  return { buffer, offset: start, size: bytes };
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** The view, of the length of its shape: a part of a buffer whose size was not given may be longer. */
export function fitted(name: string, { given: { size }, view, shape }: ReadTensor): Dense {
  const needed = shape.reduce((product, axis) => product * axis, 1);
  if (view instanceof Float32Array) {
    const length = trueLength(view);
    if (length === needed) return view;
    throw new ShapeError(
      'TENSOR_LENGTH',
      `${name}.data needs ${needed} values for the shape [${shape}], got ${length}`,
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
  const length = trueLength(data);
  if (length === needed) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${action}: ${name}.data needs to keep its ${needed} values during the call, has ${length}`,
  );
}

/** Number of elements of a shape of any rank, of the empty shape, a number's, 1; and a copy of it. */
export function validateShape(name: string, shape: unknown): [length: number, sizes: number[]] {
  const sizes = copyShape(shape, 0);
  const length = sizes?.reduce((product, size) => product * size, 1) ?? Infinity;
  if (sizes && length <= MAX_LENGTH) return [length, sizes];
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${name} needs an array of integers of at least 0 with a product of at most ${MAX_LENGTH}, got ${describe(shape)}`,
  );
}
