import { firstLine } from '../../describe.ts';
import { BackendError } from '../../errors.ts';

/** Names that software implementations give themselves. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Implementations of WebGPU that had no adapter when they were asked. */
const withoutAdapter = new WeakSet<GPU>();

/**
 * The machine's adapter; null if there is none, or no WebGPU.
 *
 * @param again whether to ask also if there was none before; Chromium then writes a warning to the console every time
 */
export async function requestAdapter(again: boolean): Promise<GPUAdapter | null> {
  const gpu = globalThis.navigator?.gpu as GPU | undefined;
  if (!gpu || (!again && withoutAdapter.has(gpu))) return null;
  let adapter: GPUAdapter | null = null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch {}
  if (!adapter) withoutAdapter.add(gpu);
  return adapter;
}

/** A device with those features and limits of the adapter, beyond the defaults, that the shaders can use. */
export async function requestDevice(action: string, adapter: GPUAdapter): Promise<GPUDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const requiredFeatures = [...FEATURES].filter((name) => adapter.features.has(name));
  try {
    return await adapter.requestDevice({
      label: 'detloss',
      requiredFeatures,
      requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
    });
  } catch (cause) {
    const reason = firstLine(cause instanceof Error ? cause.message : String(cause));
    const message = `${action}: needs a GPU device, ${adapterName(adapter)} gave none: ${reason}`;
    throw new BackendError('GPU_ADAPTER', message, { cause });
  }
}

const FEATURES = ['subgroups'] as const;

export function isSoftware(adapter: GPUAdapter): boolean {
  const info = adapter.info as GPUAdapterInfo & { isFallbackAdapter?: boolean };
  const { isFallbackAdapter } = adapter as GPUAdapter & { isFallbackAdapter?: boolean };
  const name = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter === true || isFallbackAdapter === true || SOFTWARE.test(name);
}

/** Name that the adapter gives itself. */
export function adapterName({ info }: GPUAdapter): string {
  const name = info.description || `${info.vendor} ${info.architecture}`.trim();
  return name || 'an adapter without a name';
}
