import type { DetectionLossConfig, Optional, OutOption, TaskLoss, Tensor } from './types.ts';

/** Predictions of a depth model. */
export interface DepthPredictions {
  /** Depths in metres, [B, 1, h, w], resized to the true ones bilinearly, corner to corner. */
  depth: Tensor;
}

/** Targets of depth estimation. */
export interface DepthTargets {
  /** True depths in metres, [B, H, W]; one that is not above 0.001 m does not count. */
  depth: Tensor<ArrayLike<number>>;
}

/** Options of {@link createDepthLoss}. */
export interface DepthLossConfig
  extends Pick<DetectionLossConfig, 'threads' | 'wasm' | 'worker' | 'checkFinite'> {
  /** The loss runs on WASM alone. */
  backend?: 'auto' | 'wasm' | undefined;
  /** Weights of the items. Defaults: dlog 1, dgrad 0.5. */
  gains?: Optional<DepthItems>;
  /** Share of the squared mean error that does not count, in [0, 1]; 1 leaves the scale free. Default 1. */
  lambda?: number | undefined;
}

/** Loss items of depth estimation, after gains. */
export interface DepthItems {
  /** Deviation of the errors of logarithmic depths. */
  dlog: number;
  /** Differences of neighbours' errors, the mean over all positions, summed over both axes and up to four scales. */
  dgrad: number;
}

/** Result of {@link DepthLoss.value}. */
export interface DepthValue {
  /** Sum of the items × B. `valueAndGrad` returns the gradient of this number. */
  total: number;
  /** Parts of the loss after gains, not multiplied by B. */
  items: DepthItems;
}

/** Gradients in the structure of the predictions. */
export interface DepthGrads extends DepthPredictions {}

/** Result of {@link DepthLoss.valueAndGrad}. */
export interface DepthValueAndGrad extends DepthValue {
  /** ∂total/∂predictions, in their structure and shapes. */
  grads: DepthGrads;
}

/** A depth criterion: see {@link createDepthLoss}. */
export interface DepthLoss
  extends TaskLoss<
    DepthPredictions,
    DepthPredictions,
    DepthTargets,
    DepthValue,
    DepthValueAndGrad
  > {
  /** Computes the loss and ∂total/∂depth. */
  valueAndGrad(
    predictions: DepthPredictions,
    targets: DepthTargets,
    options?: OutOption<DepthGrads>,
  ): Promise<DepthValueAndGrad>;
}
