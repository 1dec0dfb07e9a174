import { kindOf } from '../describe.ts';
import type { DetectionLossConfig } from '../types.ts';
import type { OptionReader } from './option-reader.ts';

/** What every factory asks of the backend. */
export interface BackendOptions {
  backend: 'auto' | 'wasm' | 'webgpu';
  device: GPUDevice | undefined;
  threads: 'auto' | number;
  wasm: DetectionLossConfig['wasm'];
  worker: DetectionLossConfig['worker'];
}

/** More workers than any machine this runs on can feed. */
const MAX_THREADS = 64;

/** Throws ConfigError. */
export function parseBackend(given: OptionReader): BackendOptions {
  return {
    backend: given.oneOf('backend', ['auto', 'wasm', 'webgpu'], 'auto'),
    device: parseDevice(given),
    threads: parseThreads(given),
    wasm: parseWasm(given),
    worker: parseWorker(given),
  };
}

/** Devices of every WebGPU implementation, also of another realm. */
function parseDevice(given: OptionReader): GPUDevice | undefined {
  const value = given.raw('device');
  if (value === undefined) return undefined;
  const { createComputePipelineAsync, queue } = (value ?? {}) as Partial<GPUDevice>;
  if (typeof createComputePipelineAsync === 'function' && queue) return value as GPUDevice;
  throw given.invalid('device', 'a GPUDevice');
}

function parseThreads(given: OptionReader): 'auto' | number {
  const value = given.raw('threads', 'auto');
  if (value === 'auto') return value;
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_THREADS) {
    return value as number;
  }
  throw given.invalid('threads', `'auto' or an integer from 1 to ${MAX_THREADS}`);
}

function parseWasm(given: OptionReader): DetectionLossConfig['wasm'] {
  const value = given.raw('wasm');
  const kinds = ['Undefined', 'URL', 'Response', 'ArrayBuffer', 'WebAssembly.Module'];
  if (kinds.includes(kindOf(value)) || ArrayBuffer.isView(value)) {
    return value as DetectionLossConfig['wasm'];
  }
  throw given.invalid('wasm', 'a URL, a Response, bytes or a WebAssembly.Module');
}

function parseWorker(given: OptionReader): DetectionLossConfig['worker'] {
  const value = given.raw('worker');
  if (['Undefined', 'URL', 'String'].includes(kindOf(value))) {
    return value as DetectionLossConfig['worker'];
  }
  throw given.invalid('worker', 'a URL or a string');
}
