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
