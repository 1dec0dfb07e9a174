import type { Program } from '../../runtime/embedded.ts';
import { TASK_KERNELS } from '../../runtime/task.ts';
import { DEFLATED, SIZES } from './binary.ts';
import type { Kernels } from './kernels.ts';

/** The kernels of the criteria. */
export const CRITERIA: Program<Kernels> = {
  files: 'detloss/detloss.wasm or detloss/detloss.relaxed.wasm',
  // Of names alone: where something is spread, a bundler keeps it all
  deflated: DEFLATED,
  sizes: SIZES,
  taskKernels: TASK_KERNELS,
};
