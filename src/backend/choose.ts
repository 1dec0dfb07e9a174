import { BackendError } from '../errors.ts';
import { adapterName, isSoftware, requestAdapter, requestDevice } from './webgpu/adapter.ts';

/** A device to work on. */
export interface DeviceSetup {
  device: GPUDevice;
  /** Whether the device was requested for the backend, which then ends it. */
  isOwn: boolean;
  reason: string;
}

/** Functions that create a backend of either kind. */
export interface Makers<B> {
  onWasm(reason: string): Promise<B>;
  onDevice(setup: DeviceSetup): Promise<B>;
}

/** Creates the backend that the options ask for. Throws BackendError. */
export async function chooseBackend<B>(
  action: string,
  { backend, device }: { backend: 'auto' | 'wasm' | 'webgpu'; device: GPUDevice | undefined },
  { onWasm, onDevice }: Makers<B>,
): Promise<B> {
  const onOwn = async (adapter: GPUAdapter, reason: string) => {
    const own = await requestDevice(action, adapter);
    try {
      return await onDevice({ device: own, isOwn: true, reason });
    } catch (error) {
      own.destroy();
      throw error;
    }
  };
  if (backend === 'wasm') return onWasm("backend: 'wasm' was asked for");
  if (device) return onDevice({ device, isOwn: false, reason: 'a device was given' });
  const adapter = await requestAdapter(backend === 'webgpu');
  if (backend === 'webgpu') {
    if (adapter) {
      return onOwn(adapter, `backend: 'webgpu' was asked for, on ${adapterName(adapter)}`);
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
    return await onOwn(adapter, `there is a GPU, ${name}`);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return onWasm(`the GPU, ${name}, cannot be used: ${error.message}`);
  }
}
