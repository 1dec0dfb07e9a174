import { type HeadPair, headWeights } from './head-weights.ts';

/** Releases of Ultralytics whose losses differ. */
export type Reference = '8.3' | '8.4';

/** Growth of small boxes for the candidate test: a side shorter than `below` counts as `growTo` long. Pixels. */
export interface SmallTargets {
  below: number;
  growTo: number;
}

/** Defaults of single options; nothing else depends on the release. */
interface Defaults {
  /** @param strides pixels per grid cell of each level */
  smallTargets(strides: readonly number[]): SmallTargets | false;
  /** Loss of the distances where R = 1. */
  distance: 'none' | 'l1';
  /** Frame of the true distances of rotated boxes. */
  distances: 'upright' | 'rotated';
  covarianceFloor: number;
  /** Gain of the angle term. */
  angle: number;
  /** Which of prototypes and masks is resized to the other's size. */
  resize: 'masks' | 'prototypes';
  dual: {
    topk: HeadPair;
    topk2(topk: HeadPair): HeadPair;
    headWeights: HeadPair;
    /** Whose items are the dual loss's own. */
    items: 'both' | 'oneToOne';
  };
}

export const DEFAULTS: Record<Reference, Defaults> = {
  '8.3': {
    smallTargets: () => false,
    distance: 'none',
    distances: 'upright',
    covarianceFloor: 0,
    angle: 0,
    resize: 'masks',
    dual: { topk: [10, 1], topk2: (topk) => topk, headWeights: [1, 1], items: 'both' },
  },
  '8.4': {
    smallTargets: ([first, second = first]) => ({ below: second, growTo: second }),
    distance: 'l1',
    distances: 'rotated',
    covarianceFloor: 0.01,
    angle: 1,
    resize: 'prototypes',
    dual: {
      topk: [10, 7],
      topk2: ([many]) => [many, 1],
      headWeights: headWeights(0, 1),
      items: 'oneToOne',
    },
  },
};

/** Release whose defaults apply; without the option that of 8.3. */
export function defaultsOf({ reference }: { reference?: Reference | undefined }): Defaults {
  return DEFAULTS[reference ?? '8.3'];
}
