import { loadPart } from '../load-part.ts';
import type { Backend } from './backend.ts';
import { chooseBackend } from './choose.ts';
import type { ClassLoss } from './inputs.ts';
import type { CriteriaProgram } from './programs/criteria/program.ts';
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

/** Parts of a backend that a criterion needs. */
interface Needed {
  /** Program with the criterion's kernels. */
  program: CriteriaProgram;
  /** Stages that the criterion runs. */
  stages: readonly StageSet[];
}

/** Creates the backend that a criterion's options ask for. Throws BackendError. */
export function selectBackend(action: string, wanted: Wanted, needed: Needed): Promise<Backend> {
  const { regMax, classification, checkFinite, wasm } = wanted;
  const isModulated = classification.kind !== 'bce';
  const { program, stages } = needed;
  const all: readonly StageSet[] = checkFinite ? [...stages, 'search'] : stages;
  return chooseBackend(action, wanted, {
    onWasm: (reason) => createWasmBackend(action, reason, wanted, needed),
    async onDevice(setup) {
      const webgpu = () => import('./webgpu/index.ts');
      const { createWebgpuBackend } = await loadPart(action, 'the WebGPU backend', webgpu);
      const own = { ...setup, regMax, isModulated, program, stages: all, wasm };
      return createWebgpuBackend(action, own);
    },
  });
}
