import type { HeadPair } from '../head-weights.ts';
import type { Assigner, DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { defaultsOf } from './defaults.ts';
import { detectionLoss, type ReferenceLoss } from './detection.ts';
import type { ReferenceOptions } from './options.ts';
import {
  type OrientedOptions,
  type OrientedPredictions,
  orientedLoss,
  type ReferenceOrientedLoss,
} from './oriented.ts';
import { type PoseOptions, type PosePredictions, type PoseTargets, poseLoss } from './pose.ts';
import {
  type SegmentationOptions,
  type SegmentationPredictions,
  type SegmentationTargets,
  segmentationLoss,
} from './segmentation.ts';

/** Something of each of the two heads. */
export interface Heads<T> {
  oneToMany: T;
  oneToOne: T;
}

export type DualPredictions = Heads<readonly Tensor<ArrayLike<number>>[]>;

/** Options of a task's dual loss; topk and topk2 are one number per head. */
export type DualOptionsOf<Options> = Omit<Options, 'assigner'> & {
  assigner?: Partial<Omit<Assigner, 'topk' | 'topk2'>> & {
    topk?: HeadPair;
    topk2?: HeadPair;
  };
  headWeights?: HeadPair;
};

export type DualOptions = DualOptionsOf<ReferenceOptions>;

/** A task's dual loss. */
export interface DualLossOf<Loss extends { items: object }> extends Heads<Loss> {
  /** λm · total of the one-to-many head + λo · total of the one-to-one head. */
  total: number;
  /** Items of the one-to-one head, without its weight; with '8.3' the sums of both heads' items. */
  items: Loss['items'];
  /** λm and λo. */
  headWeights: HeadPair;
}

export type ReferenceDualLoss = DualLossOf<ReferenceLoss> & {
  /** ∂total/∂predictions. */
  grads: Heads<Float64Array[]>;
};

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
  const loss = dual(options, (head, own) => detectionLoss(predictions[head], targets, own));
  return { ...loss, grads: weighted(loss, ({ grads }) => grads) };
}

/** Dual loss of rotated boxes. */
export function dualOrientedLoss(
  predictions: Heads<OrientedPredictions>,
  targets: DetectionTargets,
  options: DualOptionsOf<OrientedOptions>,
) {
  const loss: DualLossOf<ReferenceOrientedLoss> = dual(options, (head, own) =>
    orientedLoss(predictions[head], targets, own),
  );
  return { ...loss, grads: weighted(loss, ({ grads }) => grads) };
}

/**
 * Dual loss of masks. Both heads share prototypes and semantic logits, which the one-to-one head sees as constants.
 *
 * @param predictions each head's feats and coefficients, and what they share
 */
export function dualSegmentationLoss(
  {
    prototypes,
    semantic,
    ...heads
  }: Heads<Pick<SegmentationPredictions, 'feats' | 'coefficients'>> &
    Pick<SegmentationPredictions, 'prototypes' | 'semantic'>,
  targets: SegmentationTargets,
  options: DualOptionsOf<SegmentationOptions>,
) {
  const loss = dual(options, (head, own) =>
    segmentationLoss({ ...heads[head], prototypes, semantic }, targets, own),
  );
  const own = weighted(loss, ({ grads: { feats, coefficients } }) => ({ feats, coefficients }));
  const shared = weighted(loss, ({ grads: { prototypes, semantic = new Float64Array() } }) => ({
    prototypes,
    semantic,
  }));
  return { ...loss, grads: { ...own, ...shared.oneToMany } };
}

/**
 * Dual loss of keypoints. Both heads share the flow, which gets gradients from both.
 *
 * @param predictions each head's own, and the flow
 */
export function dualPoseLoss(
  { flow, ...heads }: Heads<Omit<PosePredictions, 'flow'>> & Pick<PosePredictions, 'flow'>,
  targets: PoseTargets,
  options: DualOptionsOf<PoseOptions>,
) {
  const loss = dual(options, (head, own) => poseLoss({ ...heads[head], flow }, targets, own));
  const own = weighted(loss, ({ grads: { flow: _, ...others } }) => others);
  const flows = weighted(loss, ({ grads }) => grads.flow ?? []);
  const sum = flows.oneToMany.map((grad, i) =>
    grad.map((slope, j) => slope + flows.oneToOne[i][j]),
  );
  return { ...loss, grads: { ...own, flow: sum } };
}

/** Sums the losses of both heads, each with its own top-k and weight. */
function dual<
  Options extends ReferenceOptions,
  Loss extends { total: number; items: DetectionItems },
>(
  { assigner, headWeights, ...options }: DualOptionsOf<Options>,
  lossOf: (head: keyof Heads<unknown>, options: Options) => Loss,
): DualLossOf<Loss> {
  const defaults = defaultsOf(options as ReferenceOptions).dual;
  const topk = assigner?.topk ?? defaults.topk;
  const topk2 = assigner?.topk2 ?? defaults.topk2(topk);
  const weights = headWeights ?? defaults.headWeights;
  const own = (head: 0 | 1) =>
    ({
      ...options,
      assigner: { ...assigner, topk: topk[head], topk2: topk2[head] },
    }) as unknown as Options;
  const [oneToMany, oneToOne] = [lossOf('oneToMany', own(0)), lossOf('oneToOne', own(1))];
  return {
    total: weights[0] * oneToMany.total + weights[1] * oneToOne.total,
    items: defaults.items === 'both' ? sums(oneToMany.items, oneToOne.items) : oneToOne.items,
    headWeights: weights,
    oneToMany,
    oneToOne,
  };
}

function sums<Items extends object>(a: Items, b: Items): Items {
  const other = b as Record<string, number>;
  const entries = Object.entries(a).map(([name, value]) => [name, value + other[name]]);
  return Object.fromEntries(entries);
}

/** Gradients of both heads, each times the head's weight. */
function weighted<Loss extends { items: object }, Grads>(
  { oneToMany, oneToOne, headWeights }: DualLossOf<Loss>,
  gradsOf: (loss: Loss) => Grads,
): Heads<Grads> {
  return {
    oneToMany: times(headWeights[0], gradsOf(oneToMany)),
    oneToOne: times(headWeights[1], gradsOf(oneToOne)),
  };
}

/** Multiplies arrays, nested in lists and objects, by a factor. */
function times<Nested>(factor: number, nested: Nested): Nested {
  if (nested instanceof Float64Array) return nested.map((x) => factor * x) as Nested;
  if (Array.isArray(nested)) return nested.map((part) => times(factor, part)) as Nested;
  const entries = Object.entries(nested as object);
  return Object.fromEntries(entries.map(([name, part]) => [name, times(factor, part)])) as Nested;
}
