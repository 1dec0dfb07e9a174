import { firstLine } from '../../describe.ts';
import { BackendError } from '../../errors.ts';
import type { Gpu } from './gpu.ts';

const COMPUTE_STAGE = 0x4;
/** Bytes of the smallest binding. */
const LEAST_BYTES = 4;

/**
 * Rejects if the device does not take a caller's buffer, as one of another device. A buffer that it took is not checked
 * again.
 *
 * @param name of the tensor, for the message
 */
export function checkBuffer(
  { device, known }: Gpu,
  action: string,
  name: string,
  buffer: GPUBuffer,
): Promise<void> {
  if (known.has(buffer)) return Promise.resolve();
  device.pushErrorScope('validation');
  const layout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: COMPUTE_STAGE, buffer: { type: 'read-only-storage' } }],
  });
  let thrown: unknown;
  try {
    // The whole buffer may be more than the device can bind
    const resource = { buffer, size: Math.min(buffer.size, LEAST_BYTES) };
    device.createBindGroup({ layout, entries: [{ binding: 0, resource }] });
  } catch (error) {
    thrown = error;
  }
  return device.popErrorScope().then((found) => {
    const error = found ?? (thrown instanceof Error ? thrown : undefined);
    if (!error) {
      known.add(buffer);
      return;
    }
    const reason = firstLine(error.message);
    throw new BackendError(
      'GPU_BUFFER',
      `${action}: ${name}.data needs a live buffer of its device: ${reason}`,
    );
  });
}
