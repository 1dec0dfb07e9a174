import type { Reference } from './defaults.ts';
import { type HeadPair, headWeights } from './head-weights.ts';

/** Defaults of the loss of two heads. */
export interface DualDefaults {
  topk: HeadPair;
  topk2(topk: HeadPair): HeadPair;
  headWeights: HeadPair;
  /** Heads whose items the loss has: their sums, or those of one. */
  items: 'both' | 'oneToOne';
}

/** Defaults that the option `reference` selects for two heads. */
export const DUAL_DEFAULTS: Readonly<Record<Reference, DualDefaults>> = {
  '8.4': {
    topk: [10, 7],
    topk2: ([many]) => [many, 1],
    headWeights: headWeights(0, 1),
    items: 'oneToOne',
  },
  '8.3': { topk: [10, 1], topk2: (topk) => topk, headWeights: [1, 1], items: 'both' },
};
