import type { Tensor } from '../types.ts';
import type { BackendCall, Pending } from './backend.ts';

/** Depths in metres. */
export interface DepthInputs {
  /** [B, 1, h, w], resized to the truth. */
  predicted: Tensor;
  /** [B, H, W] */
  truth: Tensor<ArrayLike<number>>;
}

/** Sums over an image. An error is log predicted − log true. */
export interface DepthSums {
  /** Number of errors. */
  count: number;
  /** Mean of the errors. */
  mean: number;
  /** Σ(error − mean)² */
  squares: number;
  /** Σ|difference of neighbours' errors| along x and along y, level by level; 0 on levels in which the image takes no part. */
  differences: Float64Array;
}

/** Derivatives of which the gradient consists. */
export interface DepthSlopes {
  /** An error's derivative is slope · (error − centre), plus that of the differences. */
  slope: number;
  centre: number;
  /** Factors of the sums of differences, as in `DepthSums`. */
  factors: Float64Array;
}

/** Stages of depths: sums of each image, then the gradient of what was made of them. */
export interface DepthStages {
  sums(): Pending<DepthSums[]>;
  /** @param grad [B, 1, h, w], every element is written */
  grad(slopes: DepthSlopes, grad: Float32Array): Pending<void>;
}

/** A call of a depth criterion. */
export interface DepthCall extends BackendCall {
  depth(inputs: DepthInputs): DepthStages;
}
