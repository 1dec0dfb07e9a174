import type { Backend } from '../backend.ts';
import type { DeviceSetup } from '../choose.ts';
import type { CriteriaProgram } from '../programs/criteria/program.ts';
import { Engine } from '../runtime/engine.ts';
import { EngineCall } from '../runtime/engine-call.ts';
import { compile, instantiate, type WasmSource } from '../runtime/module.ts';
import { WebgpuCall } from './call.ts';
import { DeviceCall } from './device-call.ts';
import { stagePasses } from './generated/criteria.ts';
import { gpuOf } from './gpu.ts';
import { pipelinesOf, type StageSet } from './pipelines.ts';
import { BufferPool } from './pool.ts';

/** A device to work on, and the work that is asked of it. */
export interface WebgpuSetup extends DeviceSetup {
  regMax: number;
  isModulated: boolean;
  /** Program whose kernels find candidates and assign anchors. */
  program: CriteriaProgram;
  /** Stages the criterion asks for. */
  stages: readonly StageSet[];
  wasm?: WasmSource | undefined;
}

/**
 * Creates the WebGPU backend: shaders run the dense stages, a WASM instance of its own finds candidates and assigns anchors.
 *
 * @throws {BackendError} GPU_SHADER, GPU_LOST, WASM_LOAD
 */
export async function createWebgpuBackend(action: string, setup: WebgpuSetup): Promise<Backend> {
  const { device, isOwn, reason, regMax, isModulated, program, stages, wasm } = setup;
  const gpu = gpuOf(device);
  const passes = stages.flatMap((set) => stagePasses[set]);
  const [kernels, pipelines] = await Promise.all([
    compile(action, program, wasm, false).then((module) =>
      instantiate(action, program, module, false),
    ),
    pipelinesOf(gpu, action, { regMax, isModulated }, passes),
  ]);
  gpu.checkAlive(action);
  const engine = new EngineCall(new Engine(program, kernels));
  const pool = new BufferPool(device);
  const compileWeighted = async () => {
    const variant = { regMax, isModulated };
    Object.assign(pipelines, await pipelinesOf(gpu, action, variant, stagePasses.weights));
  };
  const open = new Set<WebgpuCall>();
  return {
    name: 'webgpu',
    reason,
    threads: 1,
    threadsReason: "the work is the GPU's",
    takesBuffers: true,
    open(action, heads, purpose) {
      const device = new DeviceCall(gpu, pool, action, pipelines);
      const onEnd = () => open.delete(call);
      const call = new WebgpuCall(engine, device, heads, purpose, compileWeighted, onEnd);
      open.add(call);
      return call;
    },
    allocate: (length) => new Float32Array(length),
    dispose() {
      for (const call of [...open]) call.end();
      pool.dispose();
      if (isOwn) device.destroy();
    },
  };
}
