import type { BufferRange } from '../../src/backend/backend.ts';
import { CRITERIA } from '../../src/backend/programs/criteria/program.ts';
import { Engine } from '../../src/backend/runtime/engine.ts';
import { compile, instantiate } from '../../src/backend/runtime/module.ts';
import { DeviceCall } from '../../src/backend/webgpu/device-call.ts';
import { gpuOf } from '../../src/backend/webgpu/gpu.ts';
import { Memory } from '../../src/backend/webgpu/memory.ts';
import { PASSES, pipelinesOf } from '../../src/backend/webgpu/pipelines.ts';
import { BufferPool } from '../../src/backend/webgpu/pool.ts';
import { fromGpu, toGpu } from './gpu-buffers.ts';

/** What the stages behind the head's work with, on a device. */
export async function gpuStages(device: GPUDevice) {
  const gpu = gpuOf(device);
  const kernels = await instantiate(
    'test',
    CRITERIA,
    await compile('test', CRITERIA, undefined, false),
    false,
  );
  const variant = { regMax: 16, isModulated: false };
  const passes = [...PASSES.head, ...PASSES.masks, ...PASSES.keypoints];
  const pipelines = await pipelinesOf(gpu, 'test', variant, passes);
  const pool = new BufferPool(device);
  return {
    engine: new Engine(CRITERIA, kernels, 0, 0),
    startCall: () => new DeviceCall(gpu, new Memory(gpu, pool), pipelines),
  };
}

/** Bytes in front of a tensor: what is bound begins there. */
const OFFSET = 12;

/** A tensor in a buffer, from some byte on. */
export function rangeOf(device: GPUDevice, data: Float32Array): BufferRange {
  const { data: buffer } = toGpu(device, { data, shape: [data.length] }, OFFSET);
  return { buffer, offset: OFFSET, size: data.byteLength };
}

/** Its elements. @throws {Error} something around it was written */
export async function readRange(device: GPUDevice, range: BufferRange): Promise<Float32Array> {
  const { buffer, offset, size } = range;
  const all = await fromGpu(device, { data: buffer, shape: [buffer.size / 4] });
  const [start, end] = [offset / 4, (offset + size) / 4];
  if (all.some((value, i) => (i < start || i >= end) && value !== 0)) {
    throw new Error('there are values outside of the tensor');
  }
  return all.slice(start, end);
}
