import { type Defaults, DEFAULTS as OPTIONS, type Reference } from '../defaults.ts';
import { type HeadPair, headWeights } from './head-weights.ts';

export type { DistanceFrame, DistanceLoss, Reference, SmallTargets } from '../defaults.ts';

/** Defaults of all options, also of those that the criteria do not have yet. */
interface AllDefaults extends Defaults {
  dual: {
    topk: HeadPair;
    topk2(topk: HeadPair): HeadPair;
    headWeights: HeadPair;
    /** Whose items are the dual loss's own. */
    items: 'both' | 'oneToOne';
  };
}

export const DEFAULTS: Record<Reference, AllDefaults> = {
  '8.3': {
    ...OPTIONS['8.3'],
    dual: { topk: [10, 1], topk2: (topk) => topk, headWeights: [1, 1], items: 'both' },
  },
  '8.4': {
    ...OPTIONS['8.4'],
    dual: {
      topk: [10, 7],
      topk2: ([many]) => [many, 1],
      headWeights: headWeights(0, 1),
      items: 'oneToOne',
    },
  },
};

/** Defaults of the release that the options name. */
export function defaultsOf({ reference }: { reference?: Reference | undefined }): AllDefaults {
  return DEFAULTS[reference ?? '8.4'];
}
