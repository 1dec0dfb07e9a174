import { loadPart } from '../load-part.ts';
import type { Backend, ClassLoss } from './backend.ts';
import { chooseBackend } from './choose.ts';
import type { WasmOptions } from './runtime/lease.ts';
import { createWasmBackend } from './wasm/index.ts';
import type { StageSet } from './webgpu/pipelines.ts';

interface Wanted extends WasmOptions {
  backend: 'auto' | 'wasm' | 'webgpu';
  device: GPUDevice | undefined;
  regMax: number;
  classification: ClassLoss;
  checkFinite: boolean;
}

/**
 * The backend of a criterion that the options ask for. Throws BackendError where there is none.
 *
 * @param stages what the criterion asks of it
 */
export function selectBackend(
  action: string,
  wanted: Wanted,
  stages: readonly StageSet[] = ['head'],
): Promise<Backend> {
  const { regMax, classification, checkFinite, wasm } = wanted;
  const isModulated = classification.kind !== 'bce';
  const all: readonly StageSet[] = checkFinite ? [...stages, 'search'] : stages;
  return chooseBackend(action, wanted, {
    onWasm: (reason) => createWasmBackend(action, reason, wanted),
    async onDevice(setup) {
      const webgpu = () => import('./webgpu/index.ts');
      const { createWebgpuBackend } = await loadPart(action, 'the WebGPU backend', webgpu);
      return createWebgpuBackend(action, { ...setup, regMax, isModulated, stages: all, wasm });
    },
  });
}
