import type { AnyCriterion, TargetsOf, ValueOf } from '../any-criterion.ts';
import type { Tree } from '../tree.ts';

/** What the adapter needs of a tf.Tensor. */
export interface TfTensor {
  readonly shape: number[];
  readonly dtype: string;
  readonly dataId: object;
  dataSync(): ArrayLike<number>;
  data(): Promise<ArrayLike<number>>;
  dataToGPU(): { tensorRef: TfTensor; buffer?: unknown };
  clone(): TfTensor;
  dispose(): void;
}

/** How TensorFlow.js is known: `import * as tf from '@tensorflow/tfjs'`, or its core. */
export interface TensorFlow {
  scalar(value: number): TfTensor;
  customGrad(f: never): (...inputs: never[]) => TfTensor;
  variableGrads(f: never, variables?: never): { value: TfTensor; grads: Record<string, TfTensor> };
}

/** Anything that gives predictions: a function, or a tf.LayersModel, which is called with training: true. */
export type Model<Input> =
  | ((x: Input) => unknown)
  | { apply(x: never, options: { training: boolean }): unknown };

export interface TfValueAndGradsOptions<Tf extends TensorFlow> {
  /** To differentiate by. Default: all trainable ones. */
  variables?: Parameters<Tf['variableGrads']>[1] | undefined;
}

/** A criterion as a function of tensors: see `detectionLoss`. */
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
  ): Promise<ValueOf<Criterion> & { grads: ReturnType<Tf['variableGrads']>['grads'] }>;
}
