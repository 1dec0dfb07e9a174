import type { DetectionLossConfig, OutOption, TaskLoss, Tensor, TensorData } from './types.ts';

/** Predictions of a model of semantic segmentation. */
export interface SemanticPredictions<Data extends TensorData = Float32Array> {
  /**
   * Logits, [B, C, h, w]. If their size is not that of the labels, they are resized to it, bilinearly with aligned edges
   * (PyTorch's `align_corners: false`). With one class, its probability is a sigmoid.
   */
  logits: Tensor<Data>;
  /** Logits of an auxiliary head, [B, C, h, w] of any size; default: none. */
  auxiliary?: Tensor<Data> | undefined;
}

/** Targets of semantic segmentation. */
export interface SemanticTargets {
  /** Class of each pixel, [B, H, W], an integer in [0, C), or 0 and 1 if C is 1; or `ignoreIndex`. */
  labels: Tensor<ArrayLike<number>>;
}

/** Options of {@link createSemanticLoss}. */
export interface SemanticLossConfig
  extends Pick<
    DetectionLossConfig,
    'numClasses' | 'backend' | 'device' | 'threads' | 'wasm' | 'worker' | 'checkFinite'
  > {
  /** Label of pixels that do not count. Default 255. */
  ignoreIndex?: number | undefined;
  /** Weight of the auxiliary logits' cross-entropy. Default 0.4. */
  auxiliaryGain?: number | undefined;
  /** Weight of each class in the cross-entropies, [C], at least 0; not used if C is 1. Default: all 1. */
  classWeights?: ArrayLike<number> | undefined;
}

/** Loss items of semantic segmentation. */
export interface SemanticItems {
  /** Cross-entropy, the mean over all pixels that count, weighted by class. */
  ce: number;
  /** Dice loss, the mean over all classes, with sums over the pixels of the whole batch. */
  dice: number;
  /** Cross-entropy of the auxiliary logits, times `auxiliaryGain`; 0 if there are none. */
  aux: number;
}

/** Result of {@link SemanticLoss.value}. */
export interface SemanticValue {
  /** Sum of the items × B. `valueAndGrad` returns the gradient of this number. */
  total: number;
  /** Parts of the loss after gains, not multiplied by B. */
  items: SemanticItems;
}

/** Gradients in the structure of the predictions. */
export interface SemanticGrads<Data extends TensorData = Float32Array>
  extends SemanticPredictions<Data> {}

/** Result of {@link SemanticLoss.valueAndGrad}. */
export interface SemanticValueAndGrad<Data extends TensorData = Float32Array>
  extends SemanticValue {
  /** ∂total/∂predictions, in their structure and shapes. */
  grads: SemanticGrads<Data>;
}

/** A criterion of semantic segmentation: see {@link createSemanticLoss}. */
export interface SemanticLoss
  extends TaskLoss<
    SemanticPredictions<TensorData>,
    SemanticPredictions,
    SemanticTargets,
    SemanticValue,
    SemanticValueAndGrad
  > {
  /** Computes the loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: SemanticPredictions<Data>,
    targets: SemanticTargets,
    options?: OutOption<SemanticGrads<Data>>,
  ): Promise<SemanticValueAndGrad<Data>>;
}
