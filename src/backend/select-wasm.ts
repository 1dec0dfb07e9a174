import type { Backend } from './backend.ts';
import { createWasmBackend } from './wasm/index.ts';
import type { WasmOptions } from './wasm/lease.ts';
import { wasmReason } from './wasm-reason.ts';

/**
 * The backend of a task that WebGPU has no stages for.
 *
 * @param task what it computes, in the plural
 * @throws {BackendError} another backend was asked for, or this one cannot start
 */
export async function selectWasm(
  action: string,
  task: string,
  wanted: WasmOptions & { backend: 'auto' | 'wasm' | 'webgpu' },
): Promise<Backend> {
  return createWasmBackend(action, wasmReason(action, task, wanted.backend), wanted);
}
