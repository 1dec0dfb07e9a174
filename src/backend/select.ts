import { BackendError } from '../errors.ts';
import type { DetectionLossConfig } from '../types.ts';
import type { Backend, ClassLoss } from './backend.ts';
import { createWasmBackend } from './wasm/index.ts';
import { adapterName, isSoftware, requestAdapter, requestDevice } from './webgpu/adapter.ts';
import { createWebgpuBackend } from './webgpu/index.ts';

interface Wanted extends Pick<DetectionLossConfig, 'wasm'> {
  backend: 'auto' | 'wasm' | 'webgpu';
  device: GPUDevice | undefined;
  regMax: number;
  classification: ClassLoss;
}

/** The backend that the options ask for. Throws BackendError where there is none. */
export async function selectBackend(action: string, wanted: Wanted): Promise<Backend> {
  const { backend, device, wasm } = wanted;
  if (backend === 'wasm') return createWasmBackend(action, "backend: 'wasm' was asked for", wasm);
  if (device) return onDevice(action, wanted, device, false, 'a device was given');
  const adapter = await requestAdapter();
  if (backend === 'webgpu') {
    if (adapter) {
      const own = await requestDevice(action, adapter);
      return onDevice(
        action,
        wanted,
        own,
        true,
        `backend: 'webgpu' was asked for, on ${adapterName(adapter)}`,
      );
    }
    throw new BackendError(
      'GPU_ADAPTER',
      `${action}: backend 'webgpu' needs a GPU adapter, got none`,
    );
  }
  if (!adapter) return createWasmBackend(action, 'there is no GPU adapter', wasm);
  const name = adapterName(adapter);
  if (isSoftware(adapter)) {
    return createWasmBackend(action, `${name} is no GPU but software, slower than WASM`, wasm);
  }
  try {
    const own = await requestDevice(action, adapter);
    return await onDevice(action, wanted, own, true, `there is a GPU, ${name}`);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return createWasmBackend(action, `the GPU, ${name}, cannot be used: ${error.message}`, wasm);
  }
}

async function onDevice(
  action: string,
  { regMax, classification, wasm }: Wanted,
  device: GPUDevice,
  isOwn: boolean,
  reason: string,
): Promise<Backend> {
  const isModulated = classification.kind !== 'bce';
  try {
    return await createWebgpuBackend(action, { device, isOwn, reason, regMax, isModulated, wasm });
  } catch (error) {
    if (isOwn) device.destroy();
    throw error;
  }
}
