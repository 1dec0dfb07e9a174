import { BackendError } from '../../errors.ts';
import type { Backend, Dense, Predictions } from '../backend.ts';
import type { DeviceSetup } from '../choose.ts';
import { CRITERIA } from '../programs/criteria/program.ts';
import { Engine } from '../runtime/engine.ts';
import { compile, instantiate, type WasmSource } from '../runtime/module.ts';
import { DeviceCall } from './device-call.ts';
import { gpuOf } from './gpu.ts';
import { keypoints } from './keypoints.ts';
import { masks } from './masks.ts';
import { Memory } from './memory.ts';
import { PASSES, pipelinesOf, type StageSet } from './pipelines.ts';
import { BufferPool } from './pool.ts';
import { Session } from './session.ts';

/** A device to work on, and what is to be done with it. */
export interface WebgpuSetup extends DeviceSetup {
  regMax: number;
  isModulated: boolean;
  /** Stages the criterion asks for. */
  stages: readonly StageSet[];
  wasm?: WasmSource | undefined;
}

/**
 * The WebGPU backend: dense stages in shaders, targets, top-k and conflicts in a WASM instance of its own.
 *
 * @throws {BackendError} GPU_SHADER, GPU_LOST, WASM_LOAD
 */
export async function createWebgpuBackend(action: string, setup: WebgpuSetup): Promise<Backend> {
  const { device, isOwn, reason, regMax, isModulated, stages, wasm } = setup;
  const gpu = gpuOf(device);
  const passes = stages.flatMap((set) => PASSES[set]);
  const [kernels, pipelines] = await Promise.all([
    compile(action, CRITERIA, wasm, false).then((module) =>
      instantiate(action, CRITERIA, module, false),
    ),
    pipelinesOf(gpu, action, { regMax, isModulated }, passes),
  ]);
  gpu.checkAlive(action);
  const engine = new Engine(CRITERIA, kernels, 0, 0);
  const pool = new BufferPool(device);
  const calls = new Map<Predictions<Dense>, { call: DeviceCall; head?: Session }>();
  const callOf = (predictions: Predictions<Dense> | undefined) => {
    const known = predictions && calls.get(predictions);
    if (known) return known;
    throw new BackendError('GPU_INTERNAL', 'a stage needs a call that has begun');
  };
  return {
    name: 'webgpu',
    reason,
    threads: 1,
    threadsReason: "the work is the GPU's",
    takesBuffers: true,
    begin(action, heads, out) {
      const call = new DeviceCall(gpu, new Memory(gpu, pool), pipelines);
      for (const predictions of heads) calls.set(predictions, { call });
      call.checkBuffers(action, out);
    },
    assign(action, predictions, targets, options, next) {
      const own = callOf(predictions);
      const head = new Session(engine, own.call, predictions, targets);
      own.head = head;
      return own.call.stage(action, () => head.assign(action, options, next));
    },
    losses(action, predictions, _, ...given) {
      const { call, head } = callOf(predictions);
      if (!head) throw new BackendError('GPU_INTERNAL', 'losses need an assign');
      return call.stage(action, () => head.losses(action, ...given));
    },
    masks(action, predictions, ...given) {
      const { call } = callOf(predictions);
      return call.stage(action, () => masks(call, action, predictions, ...given));
    },
    keypoints(action, predictions, ...given) {
      const { call } = callOf(predictions);
      return call.stage(action, () => keypoints(engine, call, action, predictions, ...given));
    },
    allocate: (length) => new Float32Array(length),
    createBuffer(action, bytes, predictions) {
      const { call } = callOf(predictions);
      return call.scoped(action, () => call.memory.createOutput(bytes));
    },
    end(heads) {
      for (const predictions of heads) {
        calls.get(predictions)?.call.end();
        calls.delete(predictions);
      }
    },
    dispose() {
      for (const { call } of calls.values()) call.end();
      calls.clear();
      pool.dispose();
      if (isOwn) device.destroy();
    },
  };
}
