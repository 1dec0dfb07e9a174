import type { BufferRange, Dense } from '../backend/backend.ts';
import { checkBuffer } from '../backend/webgpu/check-buffer.ts';
import { gpuOf } from '../backend/webgpu/gpu.ts';

/**
 * What the work gives, once the device has taken it.
 *
 * @param tensors by name, in buffers
 * @throws {BackendError} GPU_BUFFER, GPU_MEMORY, GPU_LOST
 */
export function onDevice<T>(
  action: string,
  device: GPUDevice,
  tensors: Readonly<Record<string, Dense>>,
  work: () => T,
): Promise<T> {
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
