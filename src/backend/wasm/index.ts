import type { Backend } from '../backend.ts';
import { Arena } from './arena.ts';
import { assign } from './assign.ts';
import { classify } from './classify.ts';
import type { Engine } from './engine.ts';
import { instantiate, type WasmSource } from './module.ts';
import { regress } from './regress.ts';

/** The WASM backend, with an instance and memory of its own. Its stages are synchronous. */
export async function createWasmBackend(action: string, source?: WasmSource): Promise<Backend> {
  const kernels = await instantiate(action, source);
  const engine: Engine = { kernels, arena: new Arena(kernels.memory, kernels.arenaBase()) };
  return {
    name: 'wasm',
    threads: 1,
    assign: (...stage) => assign(engine, ...stage),
    classify: (...stage) => classify(engine, ...stage),
    regress: (...stage) => regress(engine, ...stage),
  };
}
