import type { AnyCriterion, TargetsOf, ValueOf } from '../any-criterion.ts';
import type { Tree } from '../tree.ts';

/** What the adapter needs of a tf.Tensor. */
export interface TfTensor {
  /** Elements along each axis. */
  readonly shape: number[];
  /** 'float32', or it is an error. */
  readonly dtype: string;
  /** Names its memory. */
  readonly dataId: object;
  /** Its numbers, at once. */
  dataSync(): ArrayLike<number>;
  /** Its numbers. */
  data(): Promise<ArrayLike<number>>;
  /** Its GPUBuffer, which it has for as long as `tensorRef` is not disposed. */
  dataToGPU(): {
    /** Holds the buffer. */
    tensorRef: TfTensor;
    /** Its GPUBuffer. */
    buffer?: unknown;
  };
  /** Another tensor of the same memory. */
  clone(): TfTensor;
  /** Lets go of it. */
  dispose(): void;
}

/** How TensorFlow.js is known: `import * as tf from '@tensorflow/tfjs'`, or its core. */
export interface TensorFlow {
  /** A tensor of one number. */
  scalar(value: number): TfTensor;
  /** A function with a gradient of its own. */
  customGrad(f: never): (...inputs: never[]) => TfTensor;
  /** A function's value, and its gradients by variables. */
  variableGrads(
    f: never,
    variables?: never,
  ): {
    /** The function's. */
    value: TfTensor;
    /** By the variables' names. */
    grads: Record<string, TfTensor>;
  };
}

/** Anything that gives predictions: a function, or a tf.LayersModel, which is called with training: true. */
export type Model<Input> =
  | ((x: Input) => unknown)
  | {
      /** Predictions of inputs. */
      apply(x: never, options: { training: boolean }): unknown;
    };

/** Options of {@link TfLoss.valueAndGrads}. */
export interface TfValueAndGradsOptions<Tf extends TensorFlow> {
  /** To differentiate by. Default: all trainable ones. */
  variables?: Parameters<Tf['variableGrads']>[1] | undefined;
}

/** A criterion as a function of tensors: see {@link detectionLoss}. */
export interface TfLoss<Criterion extends AnyCriterion, Tf extends TensorFlow> {
  /**
   * The loss, with a gradient: at once, on the backends whose tensors can be read at once.
   *
   * @param predictions in the structure and layout that the criterion takes
   * @returns total, what the criterion calls so
   * @throws {BackendError} SYNC_UNAVAILABLE: TensorFlow.js or the criterion is on WebGPU; use `valueAndGrads`
   */
  (predictions: Tree<TfTensor>, targets: TargetsOf<Criterion>): ReturnType<Tf['scalar']>;

  /** What the criterion gave for the latest call: total, items, assignment. */
  readonly latest: ValueOf<Criterion> | undefined;

  /**
   * The loss and its gradient by the model's variables, on every backend. Where TensorFlow.js and the criterion share a
   * WebGPU device, nothing dense leaves it.
   *
   * @returns what the criterion gives, and in `grads` a tensor a variable, by name, as of `tf.variableGrads`: the
   * caller's, for `optimizer.applyGradients`, to be disposed
   */
  valueAndGrads<Input>(
    model: Model<Input>,
    x: Input,
    targets: TargetsOf<Criterion>,
    options?: TfValueAndGradsOptions<Tf>,
  ): Promise<
    ValueOf<Criterion> & {
      /** By the variables' names. */
      grads: ReturnType<Tf['variableGrads']>['grads'];
    }
  >;
}
