import type { Backend } from './backend.ts';
import type { DepthCall } from './depth.ts';
import type { WasmOptions } from './runtime/lease.ts';
import { depth } from './wasm/pixels/depth.ts';
import { createWasmPixels } from './wasm/pixels/index.ts';

/** Creates the backend of a depth criterion. Throws BackendError. */
export function createDepth(action: string, wanted: WasmOptions): Promise<Backend<DepthCall>> {
  const reason = 'the depth loss runs on WASM alone';
  return createWasmPixels(action, reason, wanted, (engineFor) => ({
    depth: (inputs) => depth(engineFor(inputs.predicted.data), inputs),
  }));
}
