import type { Backend, Predictions } from '../backend.ts';
import { Arena } from './arena.ts';
import { assign } from './assign.ts';
import { classify } from './classify.ts';
import type { Engine } from './engine.ts';
import { instantiate, type WasmSource } from './module.ts';
import { regress } from './regress.ts';

/** The WASM backend, with an instance and memory of its own. Its stages are synchronous. */
export async function createWasmBackend(
  action: string,
  reason: string,
  source?: WasmSource,
): Promise<Backend> {
  const kernels = await instantiate(action, source);
  const engine: Engine = { kernels, arena: new Arena(kernels.memory, kernels.arenaBase()) };
  return {
    name: 'wasm',
    reason,
    threads: 1,
    takesBuffers: false,
    assign: (_, predictions: Predictions, targets, options) =>
      assign(engine, predictions, targets, options),
    losses(
      _,
      predictions: Predictions,
      targets,
      assignment,
      options,
      grads: Float32Array[] | null,
    ) {
      const { classification, iou, scale } = options;
      const own = [predictions, targets, assignment] as const;
      const cls = classify(engine, ...own, classification, scale.cls, grads);
      return { cls, ...regress(engine, ...own, iou, scale, grads) };
    },
  };
}
