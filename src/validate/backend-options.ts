import { kindOf } from '../describe.ts';
import type { DetectionLossConfig } from '../types.ts';
import type { OptionReader } from './option-reader.ts';

/** Names of the options that choose and start a backend. */
export const BACKEND_OPTIONS = ['backend', 'device', 'threads', 'wasm', 'worker'] as const;

/** Checked options that choose and start a backend. */
export interface BackendOptions {
  backend: 'auto' | 'wasm' | 'webgpu';
  device: GPUDevice | undefined;
  threads: 'auto' | number;
  wasm: DetectionLossConfig['wasm'];
  worker: DetectionLossConfig['worker'];
}

/** Largest number of threads; no common machine has use for more. */
const MAX_THREADS = 64;
const THREADS = `'auto' or an integer from 1 to ${MAX_THREADS}`;

/**
 * Checks the options that choose and start a backend.
 *
 * @throws {ConfigError}
 */
export function parseBackend(given: OptionReader): BackendOptions {
  return {
    backend: given.oneOf('backend', ['auto', 'wasm', 'webgpu'], 'auto'),
    device: given.where('device', isDeviceOrNone, 'a GPUDevice'),
    threads: given.where('threads', isThreads, THREADS, 'auto'),
    wasm: given.where('wasm', isWasm, 'a URL, a Response, bytes or a WebAssembly.Module'),
    worker: given.where('worker', isWorker, 'a URL or a string'),
  };
}

/** Whether the value is undefined or a device, of any WebGPU implementation and realm. */
function isDeviceOrNone(value: unknown): boolean {
  const { createComputePipelineAsync, queue } = (value ?? {}) as Partial<GPUDevice>;
  return value === undefined || (typeof createComputePipelineAsync === 'function' && !!queue);
}

function isThreads(value: unknown): boolean {
  if (value === 'auto') return true;
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_THREADS;
}

function isWasm(value: unknown): boolean {
  const kinds = ['Undefined', 'URL', 'Response', 'ArrayBuffer', 'WebAssembly.Module'];
  return kinds.includes(kindOf(value)) || ArrayBuffer.isView(value);
}

function isWorker(value: unknown): boolean {
  return ['Undefined', 'URL', 'String'].includes(kindOf(value));
}
