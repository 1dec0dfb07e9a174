import type { DetectionLossConfig, OutOption, TaskLoss, Tensor, TensorData } from './types.ts';

/** Predictions of a classifier. */
export interface ClassificationPredictions<Data extends TensorData = Float32Array> {
  /** Logits, [B, C]. */
  logits: Tensor<Data>;
}

/** Targets of a classifier. */
export interface ClassificationTargets {
  /** Class of each image, [B], an integer in [0, C). */
  cls: ArrayLike<number>;
}

/** Options of {@link createClassificationLoss}. */
export interface ClassificationLossConfig
  extends Pick<
    DetectionLossConfig,
    'numClasses' | 'backend' | 'device' | 'threads' | 'wasm' | 'worker' | 'checkFinite'
  > {
  /** Share of the target that is spread evenly over all classes, in [0, 1]. Default 0. */
  labelSmoothing?: number | undefined;
}

/** Loss items of a classifier. */
export interface ClassificationItems {
  /** Mean softmax cross-entropy over the batch. */
  loss: number;
}

/** Result of {@link ClassificationLoss.value}. */
export interface ClassificationValue {
  /** Mean loss over the batch, equal to `items.loss`. */
  total: number;
  /** Loss items by name. */
  items: ClassificationItems;
}

/** Result of {@link ClassificationLoss.valueAndGrad}. */
export interface ClassificationValueAndGrad<Data extends TensorData = Float32Array>
  extends ClassificationValue {
  /** ∂total/∂predictions, in their structure and shapes. */
  grads: ClassificationPredictions<Data>;
}

/** A classification criterion: see {@link createClassificationLoss}. */
export interface ClassificationLoss
  extends TaskLoss<
    ClassificationPredictions<TensorData>,
    ClassificationPredictions,
    ClassificationTargets,
    ClassificationValue,
    ClassificationValueAndGrad
  > {
  /** Computes the loss and ∂total/∂logits. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: ClassificationPredictions<Data>,
    targets: ClassificationTargets,
    options?: OutOption<ClassificationPredictions<Data>>,
  ): Promise<ClassificationValueAndGrad<Data>>;
}
