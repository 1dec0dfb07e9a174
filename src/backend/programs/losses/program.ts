import type { Program } from '../../runtime/embedded.ts';
import type { EngineCall } from '../../runtime/engine-call.ts';
import { KERNELS, type Kernels } from './kernels.ts';

/** The kernels of the plain losses, in a binary of their own that bundles without plain losses do not contain. */
export const PLAIN_LOSSES: Program<Kernels> = {
  builds: [{ file: 'losses.wasm', load: () => import('./losses-binary.ts') }],
  kernels: KERNELS,
};

/** An engine that runs them. */
export type LossEngine = EngineCall<Kernels>;
