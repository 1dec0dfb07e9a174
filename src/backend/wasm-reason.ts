import { BackendError } from '../errors.ts';

/**
 * Why a task that WebGPU has no stages for runs in WASM, a sentence.
 *
 * @param task what it computes, in the plural
 * @throws {BackendError} WebGPU was asked for
 */
export function wasmReason(
  action: string,
  task: string,
  backend: 'auto' | 'wasm' | 'webgpu',
): string {
  if (backend === 'wasm') return "backend: 'wasm' was asked for";
  if (backend === 'auto') return `${task} are computed in WASM only, in this version`;
  throw new BackendError(
    'GPU_ADAPTER',
    `${action}: backend 'webgpu' has no ${task} in this version, use 'auto' or 'wasm'`,
  );
}
