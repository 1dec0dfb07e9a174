import { DEFLATED, SIZES } from './binary.ts';
import type { Program } from './embedded.ts';
import type { Kernels } from './kernels.ts';
import { TASK_KERNELS } from './task.ts';

/** The kernels of the criteria. */
export const CRITERIA: Program<Kernels> = {
  files: 'detloss/detloss.wasm or detloss/detloss.relaxed.wasm',
  // Of names alone: where something is spread, a bundler keeps it all
  deflated: DEFLATED,
  sizes: SIZES,
  taskKernels: TASK_KERNELS,
};
