import { BackendError } from '../../errors.ts';
import type { Backend, Dense, Predictions } from '../backend.ts';
import type { DeviceSetup } from '../choose.ts';
import { Engine } from '../wasm/engine.ts';
import { compile, instantiate, type WasmSource } from '../wasm/module.ts';
import { CRITERIA } from '../wasm/program.ts';
import { DeviceCall } from './device-call.ts';
import { gpuOf } from './gpu.ts';
import { keypoints } from './keypoints.ts';
import { masks } from './masks.ts';
import { Memory } from './memory.ts';
import { loaderOf } from './pipelines.ts';
import { BufferPool } from './pool.ts';
import { Session } from './session.ts';

/** A device to work on, and what is to be done with it. */
export interface WebgpuSetup extends DeviceSetup {
  regMax: number;
  isModulated: boolean;
  wasm?: WasmSource | undefined;
}

/**
 * The WebGPU backend: dense stages in shaders, targets, top-k and conflicts in a WASM instance of its own.
 *
 * @throws {BackendError} GPU_SHADER, GPU_LOST, WASM_LOAD
 */
export async function createWebgpuBackend(action: string, setup: WebgpuSetup): Promise<Backend> {
  const { device, isOwn, reason, regMax, isModulated, wasm } = setup;
  const gpu = gpuOf(device);
  const subgroups = device.features.has('subgroups');
  const load = loaderOf(gpu, { regMax, isModulated, subgroups });
  const [kernels, pipelines] = await Promise.all([
    compile(action, CRITERIA, wasm, false).then((module) =>
      instantiate(action, CRITERIA, module, false),
    ),
    load(action, 'head'),
  ]);
  gpu.checkAlive(action);
  const engine = new Engine(CRITERIA, kernels, 0, 0);
  const shared = { gpu, engine, pipelines, load };
  const pool = new BufferPool(device);
  const calls = new Map<Predictions<Dense>, { call: DeviceCall; head: Session }>();
  const callOf = (predictions: Predictions<Dense>) => {
    const known = calls.get(predictions);
    if (known) return known;
    throw new BackendError('GPU_INTERNAL', 'a stage needs the assign that came before');
  };
  return {
    name: 'webgpu',
    reason,
    threads: 1,
    threadsReason: "the work is the GPU's",
    takesBuffers: true,
    assign(action, predictions, targets, options, next) {
      const call = new DeviceCall(gpu, new Memory(gpu, pool));
      const head = new Session(shared, call, predictions, targets);
      calls.set(predictions, { call, head });
      return gpu.guard(action, () => head.assign(action, options, next));
    },
    losses(action, predictions, _, assignment, options, grads) {
      const { head } = callOf(predictions);
      return gpu.guard(action, () => head.losses(action, assignment, options, grads));
    },
    masks(action, predictions, targets, assignment, given, truth, scale, grads) {
      const { call } = callOf(predictions);
      const own = [predictions, targets, assignment, given, truth, scale, grads] as const;
      return gpu.guard(action, () => masks(shared, call, action, ...own));
    },
    keypoints(action, predictions, targets, assignment, given, truth, scale, grads) {
      const { call } = callOf(predictions);
      const own = [predictions, targets, assignment, given, truth, scale, grads] as const;
      return gpu.guard(action, () => keypoints(shared, call, action, ...own));
    },
    allocate: (length) => new Float32Array(length),
    createBuffer(action, predictions, bytes) {
      const { call } = callOf(predictions);
      return call.scoped(action, () => call.memory.createOutput(bytes));
    },
    end(predictions) {
      calls.get(predictions)?.call.end();
      calls.delete(predictions);
    },
    dispose() {
      for (const { call } of calls.values()) call.end();
      calls.clear();
      pool.dispose();
      if (isOwn) device.destroy();
    },
  };
}
