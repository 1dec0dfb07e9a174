import type { BufferRange, Dense, GroupedTargets, Predictions } from '../../src/backend/inputs.ts';
import { CRITERIA } from '../../src/backend/programs/criteria/program.ts';
import { Engine } from '../../src/backend/runtime/engine.ts';
import { EngineCall } from '../../src/backend/runtime/engine-call.ts';
import { compile, instantiate } from '../../src/backend/runtime/module.ts';
import { DeviceCall } from '../../src/backend/webgpu/device-call.ts';
import { stagePasses } from '../../src/backend/webgpu/generated/criteria.ts';
import { type Gpu, gpuOf } from '../../src/backend/webgpu/gpu.ts';
import { type HeadContext, openHead } from '../../src/backend/webgpu/head-context.ts';
import { pipelinesOf } from '../../src/backend/webgpu/pipelines.ts';
import { BufferPool } from '../../src/backend/webgpu/pool.ts';
import { fromGpu, toGpu } from './gpu-buffers.ts';
import { headInputs } from './head-inputs.ts';

const module = await compile('test', CRITERIA, undefined, false);
/** Engine for the work of the host. */
const engine = new EngineCall(
  new Engine(CRITERIA, await instantiate('test', CRITERIA, module, false)),
);

/** A head on the device, in a call of its own that dispatches nothing. */
export function hostHead(
  gpu: Gpu,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
): HeadContext {
  const call = new DeviceCall(gpu, new BufferPool(gpu.device), 'test');
  return openHead(engine, call, headInputs(predictions, targets), async () => {});
}

/** Runs stages that follow the assignment on a device. */
export async function gpuStages(device: GPUDevice) {
  const gpu = gpuOf(device);
  const variant = { regMax: 16, isModulated: false };
  const passes = [...stagePasses.head, ...stagePasses.masks, ...stagePasses.keypoints];
  const pipelines = await pipelinesOf(gpu, 'test', variant, passes);
  const pool = new BufferPool(device);
  return {
    engine,
    /** Runs a stage of a head, in a call of its own. */
    async run<T>(
      predictions: Predictions<Dense>,
      targets: GroupedTargets,
      stage: (head: HeadContext) => Promise<T>,
    ): Promise<T> {
      const call = new DeviceCall(gpu, pool, 'test', pipelines);
      const head = openHead(engine, call, headInputs(predictions, targets), async () => {});
      const result = await stage(head);
      call.end();
      return result;
    },
  };
}

/** Number of bytes in front of a tensor, so that its binding begins before the tensor does. */
const OFFSET = 12;

/** Copies a tensor into a buffer, `OFFSET` bytes from its start. */
export function rangeOf(device: GPUDevice, data: Float32Array): BufferRange {
  const { data: buffer } = toGpu(device, { data, shape: [data.length] }, OFFSET);
  return { buffer, offset: OFFSET, size: data.byteLength };
}

/** Reads the elements of a tensor. @throws {Error} something around it was written */
export async function readRange(device: GPUDevice, range: BufferRange): Promise<Float32Array> {
  const { buffer, offset, size } = range;
  const all = await fromGpu(device, { data: buffer, shape: [buffer.size / 4] });
  const [start, end] = [offset / 4, (offset + size) / 4];
  if (all.some((value, i) => (i < start || i >= end) && value !== 0)) {
    throw new Error('there are values outside of the tensor');
  }
  return all.slice(start, end);
}
