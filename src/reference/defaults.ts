import { DEFAULTS, type Reference } from '../defaults.ts';
import { DUAL_DEFAULTS } from '../dual-defaults.ts';
import { ORIENTED_DEFAULTS } from '../oriented-defaults.ts';
import { RESIZE_DEFAULTS } from '../segmentation-defaults.ts';

export type { DistanceLoss, Reference, SmallTargets } from '../defaults.ts';
export type { DistanceFrame } from '../oriented-defaults.ts';

/** Defaults of the release that the options name, of all tasks. */
export function defaultsOf({ reference = '8.4' }: { reference?: Reference | undefined }) {
  return {
    ...DEFAULTS[reference],
    ...ORIENTED_DEFAULTS[reference],
    resize: RESIZE_DEFAULTS[reference],
    dual: DUAL_DEFAULTS[reference],
  };
}
