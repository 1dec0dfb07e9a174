/** What the tasks add to detection's predictions, targets and gradients, validated. */
import type { Tensor } from '../types.ts';

/** What masks are made of: a positive's logits are Σ over m of coefficient · prototype. */
export interface MaskPredictions<Data = Float32Array> {
  /** [B, M, A] */
  coefficients: Tensor<Data>;
  /** [B, M, h, w] */
  prototypes: Tensor<Data>;
}

export interface MaskTargets {
  /**
   * Overlap: [B, H, W], 1 + the target's index among its image's, 0 for background; else [N, H, W], not 0
   * inside, in the order of the targets as given.
   */
  masks: Tensor<ArrayLike<number>>;
  overlap: boolean;
}

/** In the shapes of the predictions. */
export interface MaskGrads<Data = Float32Array> {
  coefficients: Data;
  prototypes: Data;
}

export interface KeypointPredictions<Data = Float32Array> {
  /** [B, K·D, A], keypoint by keypoint; x and y decode to 2·value + anchor − 0.5, grid units. */
  keypoints: Data;
  /** K */
  count: number;
  /** D: 2, or 3 with a logit of visibility. */
  numbers: number;
}

export interface KeypointTargets {
  /** [N, K, D], x and y normalised, in the order of the targets as given; visible where the third is not 0. */
  keypoints: ArrayLike<number>;
  /** [K] */
  sigmas: ArrayLike<number>;
}

/** Keypoint losses over the batch, before gains and the division by P·K. */
export interface KeypointSums {
  pose: number;
  kobj: number;
}
