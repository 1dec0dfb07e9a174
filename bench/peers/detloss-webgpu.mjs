import { createDetectionLoss } from 'detloss';
import { CLASS_LOGITS_ONLY, classLogitsOf, makeProblem } from '../shapes.mjs';

const STORAGE = 0x80;
const COPY_SRC = 0x04;
const COPY_DST = 0x08;
const MAP_READ = 0x01;

/**
 * Prepares the whole criterion without targets, which leaves only the class loss. The gain 1/B makes the gradient that of
 * the sum.
 *
 * @returns {Promise<import('./in-page.mjs').GpuPeer>}
 */
export async function prepare() {
  const { numClasses, regMax, strides, batch } = CLASS_LOGITS_ONLY;
  const { feats, targets } = makeProblem(CLASS_LOGITS_ONLY, 'nchw');
  const adapter = /** @type {GPUAdapter} */ (await navigator.gpu.requestAdapter());
  const requiredFeatures = /** @type {GPUFeatureName[]} */ (
    ['subgroups'].filter((name) => adapter.features.has(/** @type {GPUFeatureName} */ (name)))
  );
  const device = await adapter.requestDevice({ requiredFeatures });
  const buffers = feats.map(({ data, shape }) => {
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const buffer = device.createBuffer({ size: data.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, /** @type {Float32Array<ArrayBuffer>} */ (data));
    return { data: buffer, shape };
  });
  const gains = { cls: 1 / batch };
  const config = { numClasses, regMax, strides, gains, backend: /** @type {const} */ ('webgpu') };
  const criterion = await createDetectionLoss({ ...config, device });
  const { grads: out } = await criterion.valueAndGrad(buffers, targets);
  return {
    adapter: adapter.info.architecture,
    step: async () => {
      const { total } = await criterion.valueAndGrad(buffers, targets, { out });
      // The peers wait for their gradients too
      await device.queue.onSubmittedWorkDone();
      return total;
    },
    gradient: async () => {
      const grads = [];
      for (const { data, shape } of out) grads.push({ data: await read(device, data), shape });
      return classLogitsOf(grads, CLASS_LOGITS_ONLY);
    },
  };
}

/**
 * @param {GPUDevice} device
 * @param {GPUBuffer} buffer
 */
async function read(device, buffer) {
  const staging = device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MAP_READ);
  const values = new Float32Array(staging.getMappedRange()).slice();
  staging.destroy();
  return values;
}
