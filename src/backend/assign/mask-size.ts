import type { MaskInputs } from '../task-inputs.ts';

/** Sizes of the loss of masks. */
export interface LossPixels {
  /** Size of the pixels of the loss. */
  height: number;
  width: number;
  /** Size of the prototypes. */
  full: { height: number; width: number };
  /** Whether prototypes are resized to the pixels; else masks are, if their size differs. */
  isResized: boolean;
}

/** Pixels of the loss: those of the masks if prototypes are resized, else the prototypes'. */
export function pixelsOfLoss({ prototypes, truth, resize }: MaskInputs<unknown>): LossPixels {
  const [, , height, width] = prototypes.shape;
  const [, maskHeight, maskWidth] = truth.masks.shape;
  const full = { height, width };
  const isResized = resize === 'prototypes' && (height !== maskHeight || width !== maskWidth);
  const size = isResized ? { height: maskHeight, width: maskWidth } : full;
  return { ...size, full, isResized };
}
