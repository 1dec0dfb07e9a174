import type { BufferRange, Dense } from '../backend/inputs.ts';
import { checkBuffer } from '../backend/webgpu/check-buffer.ts';
import { gpuOf } from '../backend/webgpu/gpu.ts';

/**
 * Submits work to a device and resolves to its result once the device has accepted it.
 *
 * @param tensors tensors in buffers, by name
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
