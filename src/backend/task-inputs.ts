/** Validated inputs that tasks add to detection's. */
import type { Tensor } from '../types.ts';

/** Predicted masks and the targets' masks. The logits of a positive's mask are Σ over m of coefficient · prototype. */
export interface MaskInputs<Data = Float32Array> {
  /** [B, M, A] */
  coefficients: Tensor<Data>;
  /** [B, M, h, w] */
  prototypes: Tensor<Data>;
  truth: MaskTargets;
}

export interface MaskTargets {
  /** With `overlap`: [B, H, W], 1 + the target's index in its image, or 0. Without: [N, H, W], not 0 inside, as given. */
  masks: Tensor<ArrayLike<number>>;
  overlap: boolean;
}

/** Gradients in the shapes of the predictions. */
export interface MaskGrads<Data = Float32Array> {
  coefficients: Data;
  prototypes: Data;
}

/** Predicted keypoints and the targets' keypoints. */
export interface KeypointInputs<Data = Float32Array> {
  /** [B, K·D, A], keypoint by keypoint; x and y decode to 2·value + anchor − 0.5, grid units. */
  predicted: Data;
  /** K */
  count: number;
  /** D: 2, or 3 with a logit of visibility. */
  numbers: number;
  truth: KeypointTargets;
}

export interface KeypointTargets {
  /** [N, K, 3] in the order given: x and y normalised, and 1; or zeros for a keypoint that is not visible. */
  keypoints: ArrayLike<number>;
  /** [K] */
  sigmas: ArrayLike<number>;
}

/** Keypoint losses over the batch, before gains and the division by P·K; also factors of their gradients. */
export interface KeypointSums {
  pose: number;
  kobj: number;
}
