/** WebGPU of the runtime: a browser's and Deno's own, in Node that of the npm package `webgpu` (Dawn). */
export const gpu: GPU = await findGpu();

async function findGpu(): Promise<GPU> {
  const own = globalThis.navigator?.gpu as GPU | undefined;
  if (own) return own;
  if (typeof process === 'undefined') throw new Error('this runtime has no WebGPU');
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const found = create([]);
  // What the package looks for is where a browser has it.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: found }, configurable: true });
  return found;
}

/** The adapter that tests run on. @throws {Error} there is none: a test without one has failed */
export async function testAdapter(): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter: is VK_DRIVER_FILES set to a Vulkan driver?');
  return adapter;
}

/** A device of its own for a test that breaks it, or for a file's tests. */
export async function testDevice(features: readonly GPUFeatureName[] = []): Promise<GPUDevice> {
  const adapter = await testAdapter();
  return adapter.requestDevice({ requiredFeatures: [...features] });
}

/** A device that says it has less than it has. */
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
