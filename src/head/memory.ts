import type { Dense } from '../backend/inputs.ts';
import { describe } from '../describe.ts';
import { BackendError, ConfigError } from '../errors.ts';
import { hostFloats } from '../host-memory.ts';
import { loadPart } from '../load-part.ts';
import { STORAGE } from '../validate/buffer-range.ts';
import {
  type Destination,
  destinationOf,
  type Named,
  readOuts,
  type Wanted,
} from '../validate/out.ts';
import { sizeOf } from '../validate/shape.ts';

/** Flags of GPUBufferUsage; the name is not a global of every runtime. */
const COPY_SRC = 0x04;
const COPY_DST = 0x08;

/**
 * Returns a destination for each shape: the caller's, or else new memory; new buffers have the usages STORAGE, COPY_SRC
 * and COPY_DST.
 *
 * @param given the caller's destinations, in the order of the shapes
 */
export function allocateMissing(
  action: string,
  given: readonly Destination[] | undefined,
  shapes: readonly number[][],
  device: GPUDevice | undefined,
): Destination[] {
  const usage = STORAGE | COPY_SRC | COPY_DST;
  const allocate = (length: number) => {
    if (!device) return hostFloats(action, 'the copy', length);
    const size = 4 * length;
    return { buffer: device.createBuffer({ size, usage }), offset: 0, size };
  };
  return shapes.map((shape, i) => given?.[i] ?? destinationOf(allocate(sizeOf(shape)), shape));
}

/**
 * Reads tensors that the caller passed to be overwritten.
 *
 * @throws {ShapeError} wrong shape or kind, or shared memory
 * @throws {BackendError} GPU_BUFFER: a buffer that cannot be copied to
 */
export function readDestinations(
  action: string,
  given: readonly unknown[],
  wanted: readonly Wanted[],
  inputs: readonly Named[],
): Destination[] {
  const outs = readOuts(action, given, wanted, inputs, true);
  for (const { view } of outs) checkUsage(action, view, COPY_DST, 'COPY_DST');
  return outs;
}

/**
 * Returns the device of the tensors; undefined if they are in arrays.
 *
 * @param device value of the option
 * @throws {ConfigError} INVALID_OPTION: the tensors are in buffers, and the option is no device
 * @throws {BackendError} GPU_BUFFER: a buffer that cannot be copied from
 */
export function deviceOf(
  action: string,
  tensors: readonly Dense[],
  device: unknown,
): GPUDevice | undefined {
  let isOnHost = true;
  for (const data of tensors) {
    if (data instanceof Float32Array) continue;
    isOnHost = false;
    checkUsage(action, data, COPY_SRC, 'COPY_SRC');
  }
  if (isOnHost) return undefined;
  const { createCommandEncoder } = (device ?? {}) as Partial<GPUDevice>;
  if (typeof createCommandEncoder === 'function') return device as GPUDevice;
  throw new ConfigError(
    'INVALID_OPTION',
    `${action}: device needs the GPUDevice of the buffers, got ${describe(device)}`,
  );
}

function checkUsage(action: string, data: Dense, flag: number, name: string): void {
  if (data instanceof Float32Array || (data.buffer.usage & flag) !== 0) return;
  throw new BackendError(
    'GPU_BUFFER',
    `${action}: needs GPUBuffers of usage ${name}, got usage ${data.buffer.usage}`,
  );
}

/**
 * Runs work on the tensors. On a device the result is a promise, which is rejected if the device refuses the work or the
 * buffers.
 *
 * @param tensors tensors by name; with a device they are in buffers
 * @throws {BackendError} GPU_BUFFER, GPU_MEMORY, GPU_LOST, MODULE_LOAD
 */
export function whereGiven<T>(
  action: string,
  device: GPUDevice | undefined,
  tensors: Readonly<Record<string, Dense>>,
  work: () => T,
): T | Promise<T> {
  if (!device) return work();
  const part = loadPart(action, 'what copies on a GPU', () => import('./on-device.ts'));
  return part.then(({ onDevice }) => onDevice(action, device, tensors, work));
}
