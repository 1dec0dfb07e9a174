import type { Backend, Predictions } from '../backend.ts';
import { CRITERIA } from '../programs/criteria/program.ts';
import { checkOut } from '../runtime/check-out.ts';
import { leaseEngine, releaseWithOwner, type WasmOptions } from '../runtime/lease.ts';
import type { KeypointPredictions, MaskGrads, MaskPredictions } from '../task-inputs.ts';
import { assign } from './assign.ts';
import { keypoints } from './keypoints.ts';
import { losses } from './losses.ts';
import { masks } from './masks.ts';

/** The WASM backend. Its stages are synchronous; a criterion's engine may be another's too. */
export async function createWasmBackend(
  action: string,
  reason: string,
  options: WasmOptions,
): Promise<Backend> {
  const lease = await leaseEngine(action, CRITERIA, options);
  const { engine, allocate, release } = lease;
  const backend: Backend = {
    name: 'wasm',
    reason,
    get threads() {
      return lease.threads;
    },
    get threadsReason() {
      return lease.threadsReason;
    },
    takesBuffers: false,
    begin(action, _, out) {
      for (const { name, data } of out) checkOut(engine.arena, action, name, data);
    },
    assign: (_, predictions: Predictions, targets, options) =>
      assign(engine, predictions, targets, options),
    losses: (
      _,
      predictions: Predictions,
      targets,
      assignment,
      options,
      grads: Float32Array[] | null,
      angleGrads: Float32Array | null,
    ) => losses(engine, predictions, targets, assignment, options, grads, angleGrads),
    masks: (
      _,
      predictions: Predictions,
      targets,
      assignment,
      given: MaskPredictions,
      truth,
      scale,
      grads: MaskGrads | null,
    ) => masks(engine, predictions, targets, assignment, given, truth, scale, grads),
    keypoints: (
      _,
      predictions: Predictions,
      targets,
      assignment,
      given: KeypointPredictions,
      truth,
      scale,
      grads: Float32Array | null,
    ) => keypoints(engine, predictions, targets, assignment, given, truth, scale, grads),
    allocate,
    dispose: release,
  };
  releaseWithOwner(backend, release);
  return backend;
}
