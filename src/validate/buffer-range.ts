import type { BufferRange } from '../backend/inputs.ts';
import { describe } from '../describe.ts';
import { BackendError, ShapeError } from '../errors.ts';
import { sizeOf } from './shape.ts';

/** GPUBufferUsage.STORAGE; the name is not a global of every runtime. */
export const STORAGE = 0x80;

/** Whether the value is a GPUBuffer, of any WebGPU implementation and realm. */
export function isBuffer(data: unknown): data is GPUBuffer {
  const { mapAsync, usage } = (data ?? {}) as Partial<GPUBuffer>;
  return typeof mapAsync === 'function' && typeof usage === 'number';
}

/**
 * Reads the part of a buffer that holds a tensor.
 *
 * @param part `offset` in bytes, and `size` in bytes; without a size the buffer may be longer
 * @throws {BackendError} GPU_BUFFER: shaders cannot read the buffer
 * @throws {ShapeError} TENSOR_LENGTH
 */
export function readRange(
  name: string,
  buffer: GPUBuffer,
  { offset = 0, size }: { offset?: unknown; size?: unknown },
  shape: readonly number[],
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
  const start = isWhole(offset) ? offset : Number.NaN;
  const rest = buffer.size - start;
  const bytes = size === undefined ? rest : size;
  if (!isWhole(bytes) || !(bytes <= rest) || start % 4 !== 0) {
    throw new ShapeError(
      'TENSOR_LENGTH',
      `${name} needs offset and size within its ${buffer.size} bytes, offset a multiple of 4, got ` +
        `${describe(offset)} and ${describe(size)}`,
    );
  }
  const needed = 4 * sizeOf(shape);
  if (size === undefined ? bytes >= needed : bytes === needed) {
    return { buffer, offset: start, size: needed };
  }
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name} needs ${needed} bytes for the shape [${shape}], got ${bytes}`,
  );
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
