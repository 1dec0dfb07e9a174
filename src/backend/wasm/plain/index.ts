import type {
  BoxIouLoss,
  CrossEntropyLoss,
  DiceLoss,
  ElementwiseLoss,
  LossBackend,
  LossTensors,
  MultiMarginLoss,
} from '../../loss-backend.ts';
import { PLAIN_LOSSES } from '../../programs/losses/program.ts';
import { checkOut } from '../../runtime/check-out.ts';
import { leaseEngine, releaseWithOwner, type WasmOptions } from '../../runtime/lease.ts';
import { boxIou } from './box-iou.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dice } from './dice.ts';
import { elementwise } from './elementwise.ts';
import { multiMargin } from './multi-margin.ts';

/** Plain losses on WASM. They are synchronous; the engine may be a criterion's too. */
export async function createWasmLosses(
  action: string,
  reason: string,
  options: WasmOptions,
): Promise<LossBackend> {
  const lease = await leaseEngine(action, PLAIN_LOSSES, options);
  const { engine, allocate, release } = lease;
  const checked = <Call extends LossTensors<Float32Array, Float32Array | null>>(call: Call) => {
    checkOut(engine.arena, call.action, call.names?.out ?? 'out', call.grad);
    return call;
  };
  const backend: LossBackend = {
    name: 'wasm',
    reason,
    get threads() {
      return lease.threads;
    },
    get threadsReason() {
      return lease.threadsReason;
    },
    takesBuffers: false,
    elementwise: (call: LossTensors, loss: ElementwiseLoss) =>
      elementwise(engine, checked(call), loss),
    crossEntropy(call: LossTensors<Float32Array, Float32Array | null>, loss: CrossEntropyLoss) {
      const grad = call.grad ?? new Float32Array(call.input.length);
      return crossEntropy(engine, { ...checked(call), grad }, loss);
    },
    multiMargin: (call: LossTensors, loss: MultiMarginLoss) =>
      multiMargin(engine, checked(call), loss),
    dice: (call: LossTensors, loss: DiceLoss) => dice(engine, checked(call), loss),
    boxIou: (call: LossTensors, loss: BoxIouLoss) => boxIou(engine, checked(call), loss),
    allocate,
    dispose: release,
  };
  releaseWithOwner(backend, release);
  return backend;
}
