import type { DetectionItems, DetectionTargets, Tensor } from '../types.ts';
import { assign, type ReferenceAssignment } from './assign.ts';
import { defaultsOf } from './defaults.ts';
import { type Frozen, lossOf } from './detection.ts';
import { readHead } from './levels.ts';
import { type MaskGrads, type MaskPredictions, masks } from './masks.ts';
import { type ReferenceOptions, resolveOptions } from './options.ts';
import { resize, resizeGrad } from './resize.ts';
import { semanticTerm } from './semantic-term.ts';
import { prepareTargets } from './targets.ts';
import type { Term } from './term.ts';

export interface SegmentationPredictions extends MaskPredictions {
  feats: readonly Tensor<ArrayLike<number>>[];
  /** [B, C, h, w], logits of the pixels' classes. */
  semantic?: Tensor<ArrayLike<number>> | undefined;
}

export interface SegmentationTargets extends DetectionTargets {
  /** Overlap: [B, H, W], 1 + index of the target in its image; else [N, H, W], binary. */
  masks: Tensor<ArrayLike<number>>;
  /** [B, H, W], class of each pixel of the masks; predictions with semantic logits need it. */
  semantic?: Tensor<ArrayLike<number>> | undefined;
}

export type SegmentationOptions = ReferenceOptions & {
  /** Whether there is one mask of indices per image; false: one binary mask per target. Default true. */
  overlap?: boolean;
  /** Which of both is resized to the other's size: masks by nearest neighbour, prototypes bilinearly. */
  resize?: 'masks' | 'prototypes' | undefined;
  /** Gain of the masks and of the semantic logits. Default: that of the boxes. */
  gains?: { seg?: number | undefined } | undefined;
};

export interface SegmentationValueAndGrad {
  /** Sum of the items × B. */
  total: number;
  items: DetectionItems & { seg: number; sem: number };
  grads: {
    feats: Float64Array[];
    coefficients: Float64Array;
    prototypes: Float64Array;
    /** Only with semantic logits. */
    semantic?: Float64Array;
  };
  tradeOffs: Float64Array;
}

export interface ReferenceSegmentationLoss extends SegmentationValueAndGrad {
  assignment: ReferenceAssignment;
  normalizer: number;
}

/**
 * Detection loss, the mask loss of its positives and, with semantic logits, the loss of the pixels' classes. Without a
 * positive in the batch neither of the latter two exists.
 *
 * Assignment, scores, normalizer, CIoU's trade-off factor, crop and area are constants for the gradient.
 */
export function segmentationLoss(
  predictions: SegmentationPredictions,
  targets: SegmentationTargets,
  options: SegmentationOptions,
): ReferenceSegmentationLoss {
  const assignment = assign(predictions.feats, targets, options);
  const normalizer = Math.max(assignment.scoresSum, 1);
  const loss = segmentationLossOf(predictions, targets, assignment, normalizer, options);
  return { assignment, normalizer, ...loss };
}

/** Differentiable loss for a given assignment. */
export function segmentationLossOf(
  predictions: SegmentationPredictions,
  targets: SegmentationTargets,
  assignment: ReferenceAssignment,
  normalizer: number,
  options: SegmentationOptions,
  frozen?: Frozen,
): SegmentationValueAndGrad {
  const { feats, semantic } = predictions;
  const resolved = resolveOptions(options);
  const head = readHead(feats, resolved);
  const grouped = prepareTargets(targets, head.batch, head.imageWidth, head.imageHeight);
  const detection = lossOf(feats, targets, assignment, normalizer, options, frozen);

  const truth = { masks: targets.masks, overlap: options.overlap ?? true };
  const scale = (options.gains?.seg ?? resolved.gains.box) * head.batch;
  const way = options.resize ?? defaultsOf(options).resize;
  const { value: seg, grad: grads } = resizedTo(way, predictions, targets.masks, (sized, sink) =>
    masks(head, grouped, assignment, { predictions: sized, truth }, scale, sink),
  );

  let sem = 0;
  const semanticGrad = semantic && new Float64Array(semantic.data.length);
  if (semantic && semanticGrad && targets.semantic && assignment.anchor.length > 0) {
    const { value, grad } = semanticTerm(semantic, grouped, {
      ...truth,
      semantic: targets.semantic,
    });
    sem = scale * value;
    semanticGrad.set(grad.map((slope) => scale * slope));
  }
  return {
    total: detection.total + seg + sem,
    items: { ...detection.items, seg: seg / head.batch, sem: sem / head.batch },
    grads: {
      feats: detection.grads,
      ...grads,
      ...(semanticGrad && { semantic: semanticGrad }),
    },
    tradeOffs: detection.tradeOffs,
  };
}

/** Computes a loss of the masks with prototypes of the masks' size, if these are what is resized. */
function resizedTo(
  way: 'masks' | 'prototypes',
  { coefficients, prototypes }: MaskPredictions,
  { shape: [, height, width] }: Tensor<ArrayLike<number>>,
  lossOf: (predictions: MaskPredictions, grads: MaskGrads) => number,
): Term<MaskGrads> {
  const size = { height, width };
  const sized = way === 'prototypes' ? resize(prototypes, size) : prototypes;
  const grad: MaskGrads = {
    coefficients: new Float64Array(coefficients.data.length),
    prototypes: new Float64Array(sized.data.length),
  };
  const value = lossOf({ coefficients, prototypes: sized }, grad);
  if (way === 'prototypes') grad.prototypes = resizeGrad(grad.prototypes, prototypes.shape, size);
  return { value, grad };
}
