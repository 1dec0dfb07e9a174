import { BackendError } from '../errors.ts';
import { loadPart } from '../load-part.ts';
import type { Backend, ClassLoss } from './backend.ts';
import { createWasmBackend } from './wasm/index.ts';
import type { WasmOptions } from './wasm/lease.ts';
import { adapterName, isSoftware, requestAdapter, requestDevice } from './webgpu/adapter.ts';

interface Wanted extends WasmOptions {
  backend: 'auto' | 'wasm' | 'webgpu';
  device: GPUDevice | undefined;
  regMax: number;
  classification: ClassLoss;
}

/** The backend that the options ask for. Throws BackendError where there is none. */
export async function selectBackend(action: string, wanted: Wanted): Promise<Backend> {
  const { backend, device } = wanted;
  const onWasm = (reason: string) => createWasmBackend(action, reason, wanted);
  if (backend === 'wasm') return onWasm("backend: 'wasm' was asked for");
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
  if (!adapter) return onWasm('there is no GPU adapter');
  const name = adapterName(adapter);
  if (isSoftware(adapter)) return onWasm(`${name} is no GPU but software, slower than WASM`);
  try {
    const own = await requestDevice(action, adapter);
    return await onDevice(action, wanted, own, true, `there is a GPU, ${name}`);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return onWasm(`the GPU, ${name}, cannot be used: ${error.message}`);
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
    const webgpu = () => import('./webgpu/index.ts');
    const { createWebgpuBackend } = await loadPart(action, 'the WebGPU backend', webgpu);
    return await createWebgpuBackend(action, { device, isOwn, reason, regMax, isModulated, wasm });
  } catch (error) {
    if (isOwn) device.destroy();
    throw error;
  }
}
