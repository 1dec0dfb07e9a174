import type { AnyCriterion, CallOptionsOf, TargetsOf, ValueOf } from '../any-criterion.ts';
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

/**
 * The part of a tf.SymbolicTensor that tells it from a tensor. `apply` of a tf.LayersModel declares that it may return one;
 * given tensors, it returns tensors.
 */
export interface TfSymbolicTensor {
  /** Layer that makes the tensor. */
  readonly sourceLayer: object;
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

/** Options of {@link TfLoss.valueAndGrad}. */
export interface TfValueAndGradOptions<Tf extends TensorFlow> {
  /** Variables whose gradients are computed. Default: all trainable ones. */
  variables?: Parameters<Tf['variableGrads']>[1] | undefined;
}

/**
 * Gradients by variable name, in the type that `optimizer.applyGradients` takes: TensorFlow.js declares them as variables,
 * though they are tensors.
 */
export type TfGrads<Tf extends TensorFlow> = Tf extends {
  /** Makers of optimizers. */
  train: {
    /** Makes an optimizer; the others take the same gradients. */
    adam(rate: never): {
      /** Updates variables. */
      applyGradients(grads: infer Grads): void;
    };
  };
}
  ? Extract<Grads, Record<string, unknown>>
  : ReturnType<Tf['variableGrads']>['grads'];

/** A criterion as a function of tensors: see {@link adaptCriterion}. */
export interface TfLoss<Criterion extends AnyCriterion, Tf extends TensorFlow> {
  /**
   * Computes a differentiable loss. It works on backends whose tensors can be read synchronously.
   *
   * @param predictions predictions in the criterion's structure and layout
   * @param options options of the criterion's call, such as `headWeights` of two heads
   * @returns the criterion's total
   * @throws {BackendError} SYNC_UNAVAILABLE: TensorFlow.js or the criterion is on WebGPU; use `valueAndGrad`
   */
  (
    predictions: Tree<TfTensor | TfSymbolicTensor>,
    targets: TargetsOf<Criterion>,
    options?: CallOptionsOf<Criterion>,
  ): ReturnType<Tf['scalar']>;

  /** The criterion's result for the latest call: total, items, assignment. */
  readonly latest: ValueOf<Criterion> | undefined;

  /**
   * Computes the loss and its gradient with respect to the model's variables, on every backend. If TensorFlow.js and the
   * criterion share a WebGPU device, no dense tensor leaves it.
   *
   * @param options variables, and options of the criterion's call, such as `headWeights` of two heads
   * @returns the criterion's result, with one gradient per variable by name in `grads`, as `optimizer.applyGradients`
   * needs them. The caller disposes of them
   */
  valueAndGrad<Input>(
    model: Model<Input>,
    x: Input,
    targets: TargetsOf<Criterion>,
    options?: TfValueAndGradOptions<Tf> & CallOptionsOf<Criterion>,
  ): Promise<
    ValueOf<Criterion> & {
      /** Gradients by variable name. */
      grads: TfGrads<Tf>;
    }
  >;
}
