import type { Reference } from './defaults.ts';

/** Tensor that is resized if masks and prototypes differ in size: prototypes bilinearly, masks by nearest neighbour. */
export type Resize = 'prototypes' | 'masks';
export const RESIZES: readonly Resize[] = ['prototypes', 'masks'];

/** Default of `resize` that the option `reference` selects. */
export const RESIZE_DEFAULTS: Readonly<Record<Reference, Resize>> = {
  '8.4': 'prototypes',
  '8.3': 'masks',
};
