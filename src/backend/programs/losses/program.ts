import type { Program } from '../../runtime/embedded.ts';
import { DEFLATED, SIZES } from './binary.ts';
import { LOSS_KERNELS, type LossKernels } from './kernels.ts';

/** The kernels of the plain losses; a binary of their own, so that a bundle without criteria has none of theirs. */
export const PLAIN_LOSSES: Program<LossKernels> = {
  files: 'detloss/losses.wasm',
  // Of names alone: where something is spread, a bundler keeps it all
  deflated: DEFLATED,
  sizes: SIZES,
  taskKernels: LOSS_KERNELS,
};
