import { BackendError } from '../errors.ts';
import type { DetectionOptions } from '../options.ts';
import type { Backend } from './backend.ts';
import { createWasmBackend } from './wasm/index.ts';

/** The backend that the options ask for. Throws BackendError where there is none. */
export async function selectBackend({ backend, wasm }: DetectionOptions): Promise<Backend> {
  if (backend === 'webgpu') {
    throw new BackendError(
      'BACKEND_UNAVAILABLE',
      "createDetectionLoss: this version has no WebGPU backend; use backend: 'auto' or 'wasm'",
    );
  }
  return createWasmBackend(wasm);
}
