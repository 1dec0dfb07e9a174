import { BackendError } from '../errors.ts';
import type { DetectionLossConfig } from '../types.ts';
import type { Backend } from './backend.ts';
import { createWasmBackend } from './wasm/index.ts';
import type { WasmOptions } from './wasm/lease.ts';

/** The backend that the options ask for. Throws BackendError where there is none. */
export async function selectBackend(
  action: string,
  { backend, ...options }: Pick<DetectionLossConfig, 'backend'> & WasmOptions,
): Promise<Backend> {
  if (backend === 'webgpu') {
    throw new BackendError(
      'BACKEND_UNAVAILABLE',
      `${action}: backend 'webgpu' is not in this version, use 'auto' or 'wasm'`,
    );
  }
  return createWasmBackend(action, options);
}
