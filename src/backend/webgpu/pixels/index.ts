import { hostFloats } from '../../../host-memory.ts';
import type { Backend } from '../../backend.ts';
import type { DeviceSetup } from '../../choose.ts';
import { lengthOf } from '../../inputs.ts';
import type { SoftmaxCall } from '../../softmax.ts';
import { compilePasses } from '../compile.ts';
import { DeviceCall } from '../device-call.ts';
import { type PixelPasses, passes } from '../generated/pixels.ts';
import { gpuOf } from '../gpu.ts';
import { BufferPool } from '../pool.ts';
import { softmax } from './softmax.ts';

const NEEDED = [
  'softmaxRows',
  'softmaxSums',
  'softmaxGrad',
  'resize',
  'resizeGrad',
  'finite',
] as const satisfies (keyof PixelPasses)[];

/**
 * Creates the WebGPU backend of criteria that treat every pixel.
 *
 * @throws {BackendError} GPU_SHADER, GPU_LOST
 */
export async function createWebgpuPixels(
  action: string,
  { device, isOwn, reason }: DeviceSetup,
): Promise<Backend<SoftmaxCall>> {
  const gpu = gpuOf(device);
  const pipelines = await compilePasses(gpu, action, passes, {}, NEEDED);
  gpu.checkAlive(action);
  const pool = new BufferPool(device);
  const open = new Set<DeviceCall<PixelPasses>>();
  return {
    name: 'webgpu',
    reason,
    threads: 1,
    threadsReason: "the work is the GPU's",
    takesBuffers: true,
    open(action, _, { out }) {
      const call = new DeviceCall<PixelPasses>(gpu, pool, action, pipelines);
      open.add(call);
      call.checkBuffers(out);
      return {
        softmax: (logits) => softmax(call, logits),
        allocate(like) {
          if (like instanceof Float32Array) return hostFloats(action, 'gradients', lengthOf(like));
          return call.createOutput(like.size);
        },
        end() {
          call.end();
          open.delete(call);
        },
      };
    },
    allocate: (length) => new Float32Array(length),
    dispose() {
      for (const call of [...open]) call.end();
      pool.dispose();
      if (isOwn) device.destroy();
    },
  };
}
