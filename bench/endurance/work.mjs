/** Calls of mixed tasks, shapes, backends and threads, on criteria that are created and disposed, in Node and in a page. */
import { createDetectionLoss, createLosses, createSegmentationLoss } from 'detloss';
import { makeProblem } from '../shapes.mjs';

/**
 * @typedef {{ call(): Promise<unknown>, dispose(): void }} Job
 * @typedef {ReturnType<typeof watchMemory>} Watch
 */

/** Number of calls after which a criterion is disposed and a new one created. */
const CALLS_A_CRITERION = 100;
/** Number of calls on WebGPU; a software GPU takes tens of milliseconds per call. */
const GPU_CALLS_A_CRITERION = 10;
const REGULAR = { strides: [8, 16, 32], regMax: 16 };
const SHAPES = [
  { ...REGULAR, batch: 1, imageSize: 64, numClasses: 3, targets: 2 },
  { ...REGULAR, batch: 2, imageSize: 96, numClasses: 20, targets: 8 },
  { ...REGULAR, batch: 1, imageSize: 160, numClasses: 80, targets: 4 },
  { ...REGULAR, batch: 3, imageSize: 64, numClasses: 1, targets: 0 },
  { ...REGULAR, batch: 1, imageSize: 224, numClasses: 10, targets: 30 },
];
const PROBLEMS = SHAPES.map((shape, i) => {
  const layout = i % 2 ? /** @type {const} */ ('nhwc') : /** @type {const} */ ('nchw');
  return { shape, layout, ...makeProblem(shape, layout) };
});

/**
 * Runs calls until `goesOn` returns false.
 *
 * @param {GPUDevice | null} device
 * @param {(call: number) => boolean | Promise<boolean>} goesOn asked before every call
 */
export async function work(device, goesOn) {
  let call = 0;
  for (let turn = 0; await goesOn(call); turn++) {
    const job = await makeJob(turn, device);
    for (let i = 0; i < job.calls && (i === 0 || (await goesOn(call))); i++, call++) {
      await job.call();
    }
    job.dispose();
  }
}

/**
 * @param {number} turn
 * @param {GPUDevice | null} device
 * @returns {Promise<Job & { calls: number }>}
 */
async function makeJob(turn, device) {
  const { shape, layout, feats, targets } = PROBLEMS[turn % PROBLEMS.length];
  const { numClasses, regMax, strides } = shape;
  const config = { numClasses, regMax, strides, layout };
  const onGpu = device && turn % 4 === 3;
  if (turn % 7 === 5) return makeLosses(turn);
  if (turn % 7 === 6 && layout === 'nchw') return makeMasks(config, shape, feats, targets);
  const backend = onGpu
    ? { backend: /** @type {const} */ ('webgpu'), device }
    : { backend: /** @type {const} */ ('wasm'), threads: 1 + (turn % 3) };
  const criterion = await createDetectionLoss({ ...config, ...backend });
  /** @type {import('detloss').Tensor[] | undefined} */
  let out;
  return {
    calls: onGpu ? GPU_CALLS_A_CRITERION : CALLS_A_CRITERION,
    async call() {
      ({ grads: out } = await criterion.valueAndGrad(feats, targets, { out }));
    },
    dispose: () => criterion.dispose(),
  };
}

/** @param {number} turn */
async function makeLosses(turn) {
  const losses = await createLosses({ backend: 'wasm', threads: 1 + (turn % 2) });
  const input = { data: new Float32Array(4000).map((_, i) => Math.sin(i)), shape: [50, 80] };
  const target = { data: Array.from({ length: 50 }, (_, i) => i), shape: [50] };
  return {
    calls: CALLS_A_CRITERION,
    call: () => losses.crossEntropy(input, target),
    dispose: () => losses.dispose(),
  };
}

/**
 * @param {Parameters<typeof createSegmentationLoss>[0]} config
 * @param {import('../shapes.mjs').Shape} shape
 * @param {import('detloss').Tensor[]} feats
 * @param {import('detloss').DetectionTargets} targets
 */
async function makeMasks(config, { batch, imageSize }, feats, targets) {
  const criterion = await createSegmentationLoss(config);
  const anchors = feats.reduce((sum, { shape: [, , height, width] }) => sum + height * width, 0);
  const side = imageSize / 4;
  const fill = (/** @type {number[]} */ ...shape) => ({
    data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.1),
    shape,
  });
  const predictions = {
    feats,
    coefficients: fill(batch, 8, anchors),
    prototypes: fill(batch, 8, side, side),
  };
  const masks = { data: new Uint8Array(batch * side * side), shape: [batch, side, side] };
  return {
    calls: CALLS_A_CRITERION,
    call: () => criterion.valueAndGrad(predictions, { ...targets, masks }),
    dispose: () => criterion.dispose(),
  };
}

/**
 * Counts the WASM memories and GPU buffers that were created and are neither destroyed nor collected. Call it before any of
 * them is created.
 *
 * @param {GPUDevice | null} device
 */
export function watchMemory(device) {
  /** @type {Set<WeakRef<WebAssembly.Memory>>} */
  const memories = new Set();
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    /** @param {WebAssembly.MemoryDescriptor} descriptor */
    constructor(descriptor) {
      super(descriptor);
      memories.add(new WeakRef(this));
    }
  };
  const gpu = { bytes: 0, buffers: 0 };
  if (device) {
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      let isThere = true;
      gpu.bytes += buffer.size;
      gpu.buffers++;
      buffer.destroy = () => {
        if (isThere) gpu.bytes -= buffer.size;
        if (isThere) gpu.buffers--;
        isThere = false;
        return destroy();
      };
      return buffer;
    };
  }
  return () => {
    let wasm = 0;
    for (const reference of memories) {
      const memory = reference.deref();
      if (memory) wasm += memory.buffer.byteLength;
      else memories.delete(reference);
    }
    return { wasm, gpuBytes: gpu.bytes, gpuBuffers: gpu.buffers };
  };
}
