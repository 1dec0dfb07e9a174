import { loadPart } from '../load-part.ts';
import { chooseBackend } from './choose.ts';
import type { LossBackend } from './loss-backend.ts';
import type { WasmOptions } from './runtime/lease.ts';
import { createWasmLosses } from './wasm/plain/index.ts';

export interface WantedLosses extends WasmOptions {
  backend: 'auto' | 'wasm' | 'webgpu';
  device: GPUDevice | undefined;
}

/** Creates the backend of the plain losses that the options ask for. Throws BackendError. */
export function selectLossBackend(action: string, wanted: WantedLosses): Promise<LossBackend> {
  return chooseBackend(action, wanted, {
    onWasm: (reason) => createWasmLosses(action, reason, wanted),
    async onDevice(setup) {
      const webgpu = () => import('./webgpu/plain/index.ts');
      const part = await loadPart(action, 'the plain losses on WebGPU', webgpu);
      return part.createWebgpuLosses(action, setup);
    },
  });
}
