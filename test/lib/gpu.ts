/** WebGPU of the runtime, undefined where there is none: most browsers and Deno have their own, Node has that of the npm package `webgpu` (Dawn). */
export const gpu = (await findGpu()) as GPU;

async function findGpu(): Promise<GPU | undefined> {
  const own = globalThis.navigator?.gpu as GPU | undefined;
  if (own) return own;
  if (typeof process === 'undefined') return undefined;
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const found = create([]);
  // The package under test looks for it in the place where browsers have it
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: found }, configurable: true });
  return found;
}

/** The adapter that tests run on. @throws {Error} there is none: a test without one has failed */
export async function testAdapter(): Promise<GPUAdapter> {
  if (!gpu) throw new Error('this runtime has no WebGPU');
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter: is VK_DRIVER_FILES set to a Vulkan driver?');
  return adapter;
}

/** Makes a device, for a test that breaks it or for all tests of a file. */
export async function testDevice(features: readonly GPUFeatureName[] = []): Promise<GPUDevice> {
  const adapter = await testAdapter();
  return adapter.requestDevice({ requiredFeatures: [...features] });
}

/** Makes a device that claims lower limits than it has. */
export async function poorDevice(less: Partial<GPUSupportedLimits>): Promise<GPUDevice> {
  const device = await testDevice();
  const { minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment } = device.limits;
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const limits = {
    minUniformBufferOffsetAlignment,
    minStorageBufferOffsetAlignment,
    maxStorageBufferBindingSize,
    maxBufferSize,
    ...less,
  };
  Object.defineProperty(device, 'limits', { value: limits });
  return device;
}
