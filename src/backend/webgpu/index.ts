import { BackendError } from '../../errors.ts';
import type { Backend, Dense, Predictions } from '../backend.ts';
import { Engine } from '../wasm/engine.ts';
import { compile, instantiate, type WasmSource } from '../wasm/module.ts';
import { CRITERIA } from '../wasm/program.ts';
import { gpuOf } from './gpu.ts';
import { Memory } from './memory.ts';
import { pipelinesOf } from './pipelines.ts';
import { BufferPool } from './pool.ts';
import { Session } from './session.ts';

/** A device to work on, and what is to be done with it. */
export interface WebgpuSetup {
  device: GPUDevice;
  /** Whether the device was requested for this backend, which then ends it. */
  isOwn: boolean;
  reason: string;
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
  const [kernels, pipelines] = await Promise.all([
    compile(action, CRITERIA, wasm, false).then((module) =>
      instantiate(action, CRITERIA, module, false),
    ),
    pipelinesOf(gpu, action, { regMax, isModulated, subgroups }),
  ]);
  gpu.checkAlive(action);
  const engine = new Engine(CRITERIA, kernels, 0, 0);
  const shared = { gpu, engine, pipelines };
  const pool = new BufferPool(device);
  const sessions = new Map<Predictions<Dense>, Session>();
  const sessionOf = (predictions: Predictions<Dense>) => sessions.get(predictions) as Session;
  return {
    name: 'webgpu',
    reason,
    threads: 1,
    threadsReason: "the work is the GPU's",
    takesBuffers: true,
    assign(call, predictions, targets, options, next) {
      const session = new Session(shared, new Memory(gpu, pool), predictions, targets);
      sessions.set(predictions, session);
      return gpu.guard(call, () => session.assign(call, options, next));
    },
    losses(call, predictions, _, assignment, options, grads) {
      const session = sessionOf(predictions);
      return gpu.guard(call, () => session.losses(call, assignment, options, grads));
    },
    masks: (call) => unavailable(call, 'masks'),
    keypoints: (call) => unavailable(call, 'keypoints'),
    allocate: (length) => new Float32Array(length),
    createBuffer(call, predictions, bytes) {
      return sessionOf(predictions).createBuffer(call, bytes);
    },
    end(predictions) {
      sessions.get(predictions)?.end();
      sessions.delete(predictions);
    },
    dispose() {
      for (const session of sessions.values()) session.end();
      sessions.clear();
      pool.dispose();
      if (isOwn) device.destroy();
    },
  };
}

function unavailable(action: string, stage: string): never {
  throw new BackendError('GPU_INTERNAL', `${action}: ${stage} need a WASM backend, got WebGPU`);
}
