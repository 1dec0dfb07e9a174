import type { Program } from '../../runtime/embedded.ts';
import type { EngineCall } from '../../runtime/engine-call.ts';
import { KERNELS, type Kernels } from './kernels.ts';

/** The kernels of losses of every pixel: semantic segmentation and depth. */
export const PIXELS: Program<Kernels> = {
  builds: [{ file: 'pixels.wasm', load: () => import('./pixels-binary.ts') }],
  kernels: KERNELS,
};

/** An engine that runs them. */
export type PixelEngine = EngineCall<Kernels>;
