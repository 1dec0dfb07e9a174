import type { AnyCriterion, TargetsOf, ValueOf } from '../any-criterion.ts';
import type { Tree } from '../tree.ts';

/** The part of a tf.Tensor that the adapter uses. */
export interface TfTensor {
  /** Number of elements along each axis. */
  readonly shape: number[];
  /** Element type; must be 'float32'. */
  readonly dtype: string;
  /** Identity of the tensor's memory. */
  readonly dataId: object;
  /** Reads the elements synchronously. */
  dataSync(): ArrayLike<number>;
  /** Reads the elements. */
  data(): Promise<ArrayLike<number>>;
  /** Returns the tensor's GPUBuffer, which stays alive until `tensorRef` is disposed. */
  dataToGPU(): {
    /** Tensor that keeps the buffer alive. */
    tensorRef: TfTensor;
    /** GPUBuffer of the tensor. */
    buffer?: unknown;
  };
  /** Returns another tensor with the same memory. */
  clone(): TfTensor;
  /** Releases the tensor's memory. */
  dispose(): void;
}

/** The part of TensorFlow.js that the adapter checks for: `import * as tf from '@tensorflow/tfjs'`, or its core. */
export interface TensorFlow {
  /** Creates a scalar tensor. */
  scalar(value: number): TfTensor;
  /** Creates a function with a custom gradient. */
  customGrad(f: never): (...inputs: never[]) => TfTensor;
  /** Computes a function's value, and its gradients with respect to variables. */
  variableGrads(
    f: never,
    variables?: never,
  ): {
    /** Value of the function. */
    value: TfTensor;
    /** Gradients by variable name. */
    grads: Record<string, TfTensor>;
  };
}

/** Function that returns predictions, or a tf.LayersModel, which is called with training: true. */
export type Model<Input> =
  | ((x: Input) => unknown)
  | {
      /** Computes predictions. */
      apply(x: never, options: { training: boolean }): unknown;
    };

/** Options of {@link TfLoss.valueAndGrads}. */
export interface TfValueAndGradsOptions<Tf extends TensorFlow> {
  /** Variables whose gradients are computed. Default: all trainable ones. */
  variables?: Parameters<Tf['variableGrads']>[1] | undefined;
}

/** A criterion as a function of tensors: see {@link detectionLoss}. */
export interface TfLoss<Criterion extends AnyCriterion, Tf extends TensorFlow> {
  /**
   * Computes a differentiable loss. It works on backends whose tensors can be read synchronously.
   *
   * @param predictions predictions in the criterion's structure and layout
   * @returns the criterion's total
   * @throws {BackendError} SYNC_UNAVAILABLE: TensorFlow.js or the criterion is on WebGPU; use `valueAndGrads`
   */
  (predictions: Tree<TfTensor>, targets: TargetsOf<Criterion>): ReturnType<Tf['scalar']>;

  /** The criterion's result for the latest call: total, items, assignment. */
  readonly latest: ValueOf<Criterion> | undefined;

  /**
   * Computes the loss and its gradient with respect to the model's variables, on every backend. If TensorFlow.js and the
   * criterion share a WebGPU device, no dense tensor leaves it.
   *
   * @returns the criterion's result, with one gradient per variable by name in `grads`, as `optimizer.applyGradients`
   * needs them. The caller disposes of them
   */
  valueAndGrads<Input>(
    model: Model<Input>,
    x: Input,
    targets: TargetsOf<Criterion>,
    options?: TfValueAndGradsOptions<Tf>,
  ): Promise<
    ValueOf<Criterion> & {
      /** Gradients by variable name. */
      grads: ReturnType<Tf['variableGrads']>['grads'];
    }
  >;
}
