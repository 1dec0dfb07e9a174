import type { Reference } from './defaults.ts';

/** Frame of the true distances of rotated boxes: the target's own, or that of the image, as if it were not rotated. */
export type DistanceFrame = 'rotated' | 'upright';
export const DISTANCE_FRAMES: readonly DistanceFrame[] = ['rotated', 'upright'];

/** Defaults of options that only rotated boxes have. */
export interface OrientedDefaults {
  distances: DistanceFrame;
  covarianceFloor: number;
  /** Gain of the angle loss. */
  angle: number;
}

/** Defaults that the option `reference` selects for rotated boxes. */
export const ORIENTED_DEFAULTS: Readonly<Record<Reference, OrientedDefaults>> = {
  '8.4': { distances: 'rotated', covarianceFloor: 0.01, angle: 1 },
  '8.3': { distances: 'upright', covarianceFloor: 0, angle: 0 },
};
