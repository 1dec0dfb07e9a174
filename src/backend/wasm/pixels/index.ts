import { hostFloats } from '../../../host-memory.ts';
import type { Backend, BackendCall } from '../../backend.ts';
import { lengthOf } from '../../inputs.ts';
import { PIXELS, type PixelEngine } from '../../programs/pixels/program.ts';
import { releaseWithOwner, type WasmOptions } from '../../runtime/lease.ts';
import { leaseEngine } from '../../runtime/lease-engine.ts';

/** Chooses the engine of a call, by its first tensor. */
type EngineFor = (data: Float32Array) => PixelEngine;

/**
 * Creates the WASM backend of a criterion that treats every pixel, whose engine other criteria may share.
 *
 * @param stagesOf gives the stages of a call
 */
export async function createWasmPixels<Stages>(
  action: string,
  reason: string,
  options: WasmOptions,
  stagesOf: (engineFor: EngineFor) => Stages,
): Promise<Backend<BackendCall & Stages>> {
  const lease = await leaseEngine(action, PIXELS, options);
  const { allocate, release } = lease;
  const backend: Backend<BackendCall & Stages> = {
    name: 'wasm',
    reason,
    get threads() {
      return lease.threads;
    },
    get threadsReason() {
      return lease.threadsReason;
    },
    takesBuffers: false,
    open(action, _, { backward, out }) {
      for (const { name, data } of out) lease.checkOut(action, name, data);
      const name = backward ? 'valueAndGrad' : 'value';
      let engine: PixelEngine | undefined;
      const stages = stagesOf((data) => {
        engine ??= lease.open(() => ({ name, values: data.length, tensors: [data] }));
        return engine;
      });
      return {
        ...stages,
        allocate: (like) => hostFloats(action, 'gradients', lengthOf(like)),
        end: () => engine?.end(),
      };
    },
    allocate,
    dispose: release,
  };
  releaseWithOwner(backend, release);
  return backend;
}
