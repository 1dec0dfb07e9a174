import { loadPart } from '../load-part.ts';
import type { Backend } from './backend.ts';
import { chooseBackend } from './choose.ts';
import type { WantedLosses } from './select-losses.ts';
import type { PixelLogits, SoftmaxCall } from './softmax.ts';
import { createWasmPixels } from './wasm/pixels/index.ts';
import { softmax } from './wasm/pixels/softmax.ts';

/** Creates the backend of a criterion that classifies every pixel. Throws BackendError. */
export function createSoftmax(action: string, wanted: WantedLosses): Promise<Backend<SoftmaxCall>> {
  return chooseBackend(action, wanted, {
    onWasm: (reason) =>
      createWasmPixels(action, reason, wanted, (engineFor) => ({
        softmax(logits) {
          const own = logits as readonly PixelLogits<Float32Array>[];
          return softmax(engineFor(own[0].logits.data), own);
        },
      })),
    async onDevice(setup) {
      const webgpu = () => import('./webgpu/pixels/index.ts');
      const part = await loadPart(action, 'the losses of pixels on WebGPU', webgpu);
      return part.createWebgpuPixels(action, setup);
    },
  });
}
