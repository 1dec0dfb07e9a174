import type { BufferRange, Dense } from '../backend/backend.ts';
import { checkBuffer } from '../backend/webgpu/check-buffer.ts';
import { gpuOf } from '../backend/webgpu/gpu.ts';
import { describe } from '../describe.ts';
import { BackendError, ConfigError } from '../errors.ts';
import type { Tensor, TensorData } from '../types.ts';

/** GPUBufferUsage; the name is no global in every runtime. */
const STORAGE = 0x80;
const COPY_SRC = 0x04;
const COPY_DST = 0x08;

/** A tensor of memory of its own: an array, or with a device a buffer that is the caller's to destroy. */
export function allocate(
  shape: number[],
  device: GPUDevice | undefined,
): { tensor: Tensor<TensorData>; view: Dense } {
  const length = shape.reduce((product, size) => product * size, 1);
  if (!device) {
    const data = new Float32Array(length);
    return { tensor: { data, shape }, view: data };
  }
  const size = 4 * length;
  const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  return { tensor: { data: buffer, shape }, view: { buffer, offset: 0, size } };
}

/**
 * The device that the tensors are on; none where they are arrays.
 *
 * @param device the option
 * @throws {ConfigError} INVALID_OPTION: they are in buffers, and no device is given
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
    const { usage } = data.buffer;
    if ((usage & COPY_SRC) !== 0) continue;
    throw new BackendError(
      'GPU_BUFFER',
      `${action}: needs GPUBuffers of usage COPY_SRC, got usage ${usage}`,
    );
  }
  if (isOnHost) return undefined;
  const { createCommandEncoder } = (device ?? {}) as Partial<GPUDevice>;
  if (typeof createCommandEncoder === 'function') return device as GPUDevice;
  throw new ConfigError(
    'INVALID_OPTION',
    `${action}: device needs the GPUDevice of the buffers, got ${describe(device)}`,
  );
}

/**
 * What the work gives; on a device a promise of it, rejected where the device does not take the work or its buffers.
 *
 * @param tensors by name; with a device they are in buffers
 * @throws {BackendError} GPU_BUFFER, GPU_MEMORY, GPU_LOST
 */
export function onDevice<T>(
  action: string,
  device: GPUDevice | undefined,
  tensors: Readonly<Record<string, Dense>>,
  work: () => T,
): T | Promise<T> {
  if (!device) return work();
  const gpu = gpuOf(device);
  return gpu.guard(action, async () => {
    gpu.checkAlive(action);
    const checks = Object.entries(tensors).map(([name, data]) =>
      checkBuffer(gpu, action, name, (data as BufferRange).buffer),
    );
    const { value, check } = gpu.scoped(action, work);
    await gpu.wait(action, [...checks, check]);
    return value;
  });
}
