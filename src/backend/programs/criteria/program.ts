import type { Program } from '../../runtime/embedded.ts';
import type { EngineCall } from '../../runtime/engine-call.ts';
import { KERNELS, type Kernels } from './kernels.ts';

/** A program with kernels of criteria. */
export type CriteriaProgram = Program<Kernels>;

/** The kernels of detection with upright boxes. The package has only the files of `CRITERIA`, which replace its builds. */
export const DETECTION: CriteriaProgram = {
  builds: [
    { file: 'detloss.wasm', load: () => import('./detection-baseline-binary.ts') },
    { file: 'detloss.relaxed.wasm', load: () => import('./detection-relaxed-binary.ts') },
  ],
  kernels: KERNELS,
  lacks: ['masks', 'semantic', 'keypoints', 'likelihood', 'rotatedCandidates'],
};

/** The kernels of all criteria. */
export const CRITERIA: CriteriaProgram = {
  builds: [
    { file: 'detloss.wasm', load: () => import('./baseline-binary.ts') },
    { file: 'detloss.relaxed.wasm', load: () => import('./relaxed-binary.ts') },
  ],
  kernels: KERNELS,
};

/** An engine that runs a program of criteria. */
export type CriteriaEngine = EngineCall<Kernels>;
