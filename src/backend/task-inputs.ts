/** Validated inputs that tasks add to detection's. */
import type { Resize } from '../segmentation-defaults.ts';
import type { Tensor } from '../types.ts';

/** Predicted masks and the targets' masks. The logits of a positive's mask are Σ over m of coefficient · prototype. */
export interface MaskInputs<Data = Float32Array> {
  /** [B, M, A] */
  coefficients: Tensor<Data>;
  /** [B, M, h, w] */
  prototypes: Tensor<Data>;
  truth: MaskTargets;
  /** Tensor that is resized if masks and prototypes differ in size. */
  resize: Resize;
  /** Null: there are no semantic logits. */
  semantic: SemanticInputs<Data> | null;
}

/** Logits of the pixels' classes. */
export interface SemanticInputs<Data = Float32Array> {
  /** [B, C, h, w] */
  logits: Tensor<Data>;
  /** [B, h, w], classes; −1 in the background. */
  classes: Int32Array;
}

/** Mask loss, and loss of semantic logits, before gains; also factors of their gradients. */
export interface MaskSums {
  /** Σ over positives of Σ BCE in the crop / (h · w · the box's normalised area). */
  seg: number;
  /** Mean over images and classes of half the mean BCE and half the Dice loss; without a positive 0. */
  sem: number;
}

export interface MaskTargets {
  /** With `overlap`: [B, H, W], 1 + the target's index in its image, or 0. Without: [N, H, W], not 0 inside, as given. */
  masks: Tensor<ArrayLike<number>>;
  overlap: boolean;
}

/** Gradients in the shapes of the predictions; those of prototypes and semantic logits if these are given. */
export interface MaskGrads<Data = Float32Array> {
  coefficients: Data;
  prototypes: Data | null;
  semantic: Data | null;
}

/** Predicted keypoints and the targets' keypoints. */
export interface KeypointInputs<Data = Float32Array> {
  /** [B, K·D, A], keypoint by keypoint. */
  predicted: Data;
  /** K */
  count: number;
  /** D: 2, or 3 with a logit of visibility. */
  numbers: number;
  /** x and y decode to factor · value + cell centre + offset, grid units. */
  decode: Decode;
  truth: KeypointTargets;
  /** Null: there is none. */
  likelihood: LikelihoodInputs<Data> | null;
}

export interface Decode {
  factor: number;
  offset: number;
}

export interface KeypointTargets {
  /** [N, K, 3] in the order given: x and y normalised, and 1; or zeros for a keypoint that is not visible. */
  keypoints: ArrayLike<number>;
  /** [K] */
  sigmas: ArrayLike<number>;
}

/** Predicted deviations of keypoints, and the flow that gives the density of their errors. */
export interface LikelihoodInputs<Data = Float32Array> {
  /** [B, 2K, A], logits of the deviations of x and y. */
  sigmas: Data;
  /** Weights of the flow, tensor by tensor. */
  flow: readonly Data[];
  /** Number of hidden numbers of the flow's layers. */
  hidden: number;
  /** [K], weights of keypoints. */
  weights: ArrayLike<number>;
}

/** Likelihood of the positives' visible keypoints. */
export interface Likelihood {
  /** Mean over the keypoints, at least 0, before its gain. */
  mean: number;
  /** Gradients of the positives' values, f32 [K·D, P] and [2K, P], and of the flow, one tensor behind the other; null: none. */
  grads: Record<'keypoints' | 'sigmas' | 'flow', Float32Array<ArrayBuffer>> | null;
}

/** Gradients in the shapes of the predictions; those of sigmas and flow if these are given, also without a likelihood. */
export interface KeypointGrads<Data = Float32Array> {
  keypoints: Data;
  sigmas: Data | null;
  flow: readonly Data[];
}

/** Keypoint losses over the batch, before gains and the division by P·K; also factors of their gradients. */
export interface KeypointSums {
  pose: number;
  kobj: number;
}
