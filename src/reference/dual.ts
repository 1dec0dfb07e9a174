import type { DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { detectionLoss, type ReferenceLoss } from './detection.ts';
import type { ReferenceOptions } from './options.ts';

export interface DualPredictions {
  oneToMany: readonly Tensor<ArrayLike<number>>[];
  oneToOne: readonly Tensor<ArrayLike<number>>[];
}

export type DualOptions = Omit<ReferenceOptions, 'assigner'> & {
  /** Options of the assigner; topk is that of both heads, by default [10, 1]. */
  assigner?: {
    topk?: readonly [oneToMany: number, oneToOne: number];
    alpha?: number;
    beta?: number;
  };
};

export interface ReferenceDualLoss {
  /** Sum of both heads' totals. */
  total: number;
  /** Sums of both heads' items. */
  items: DetectionItems;
  /** Each head's own loss, with its assignment and gradients. */
  oneToMany: ReferenceLoss;
  oneToOne: ReferenceLoss;
}

/**
 * Detection losses over the same targets of a head with many anchors per target and of a head with one
 * anchor per target, which needs no suppression of duplicates.
 *
 * Source: Wang et al., arXiv:2405.14458, section 3.1
 */
export function dualLoss(
  predictions: DualPredictions,
  targets: DetectionTargets,
  options: DualOptions,
): ReferenceDualLoss {
  const [many, one] = options.assigner?.topk ?? [10, 1];
  const lossWith = (feats: DualPredictions['oneToMany'], topk: number) =>
    detectionLoss(feats, targets, { ...options, assigner: { ...options.assigner, topk } });
  const oneToMany = lossWith(predictions.oneToMany, many);
  const oneToOne = lossWith(predictions.oneToOne, one);
  return {
    total: oneToMany.total + oneToOne.total,
    items: {
      box: oneToMany.items.box + oneToOne.items.box,
      cls: oneToMany.items.cls + oneToOne.items.cls,
      dfl: oneToMany.items.dfl + oneToOne.items.dfl,
    },
    oneToMany,
    oneToOne,
  };
}
