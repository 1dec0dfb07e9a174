import { BackendError } from '../errors.ts';
import type { LossBackend } from './loss-backend.ts';
import type { WasmOptions } from './wasm/lease.ts';
import { createWasmLosses } from './wasm/plain/index.ts';

/** The backend of the plain losses that the options ask for. Throws BackendError where there is none. */
export async function selectLossBackend(
  action: string,
  { backend, ...options }: { backend: 'auto' | 'wasm' | 'webgpu' } & WasmOptions,
): Promise<LossBackend> {
  if (backend === 'webgpu') {
    throw new BackendError(
      'GPU_ADAPTER',
      `${action}: backend 'webgpu' is not in this version, use 'auto' or 'wasm'`,
    );
  }
  return createWasmLosses(action, options);
}
