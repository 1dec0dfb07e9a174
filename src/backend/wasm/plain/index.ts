import { hostFloats } from '../../../host-memory.ts';
import type { Stages } from '../../../stages.ts';
import type { LossBackend, LossTensors } from '../../loss-backend.ts';
import { type LossEngine, PLAIN_LOSSES } from '../../programs/losses/program.ts';
import { releaseWithOwner, type WasmOptions } from '../../runtime/lease.ts';
import { leaseEngine } from '../../runtime/lease-engine.ts';
import { boxIou } from './box-iou.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dice } from './dice.ts';
import { elementwise } from './elementwise.ts';
import { multiMargin } from './multi-margin.ts';
import type { HostTensors } from './part.ts';

/** Creates the WASM backend of the plain losses. Other losses may share its engine. */
export async function createWasmLosses(
  action: string,
  reason: string,
  options: WasmOptions,
): Promise<LossBackend> {
  const lease = await leaseEngine(action, PLAIN_LOSSES, options);
  const { allocate, release } = lease;
  // Each loss copes with a gradient of null, though only some calls may have one
  const on = <Loss>(
    run: (engine: LossEngine, tensors: HostTensors, loss: Loss) => Stages<number>,
  ) =>
    function* (tensors: LossTensors, loss: Loss) {
      const { action, input, grad, values } = tensors;
      lease.checkOut(action, tensors.names?.out ?? 'out', grad);
      const engine = lease.open(() => ({
        name: grad ? `${action} and gradient` : action,
        values: input.length,
        tensors: [input, grad, values],
      }));
      try {
        return yield* run(engine, tensors, loss);
      } finally {
        engine.end();
      }
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
    elementwise: on(elementwise),
    crossEntropy: on(crossEntropy),
    multiMargin: on(multiMargin),
    dice: on(dice),
    boxIou: on(boxIou),
    checkFinite() {},
    allocateBeside: (action, _, length) => hostFloats(action, 'results', length),
    allocate,
    dispose: release,
  };
  releaseWithOwner(backend, release);
  return backend;
}
