import type { Tensor, TensorData } from '../types.ts';
import type { Tree } from './tree.ts';

/** The part of a criterion, of any task, that an adapter uses. */
export interface AnyCriterion {
  /** The backend that computes the loss. */
  readonly backend: 'wasm' | 'webgpu';
  /** Computes the loss synchronously. */
  valueSync(predictions: never, targets: never, options?: never): unknown;
  /** Computes the loss and its gradient synchronously. */
  valueAndGradSync(predictions: never, targets: never, options?: never): unknown;
  /** Computes the loss and its gradient. */
  valueAndGrad(predictions: never, targets: never, options?: never): Promise<unknown>;
}

/** Type of a criterion's targets. */
export type TargetsOf<Criterion extends AnyCriterion> = Parameters<Criterion['valueSync']>[1];

/** Type of the options of a criterion's calls, such as `headWeights` of two heads; other criteria have none. */
export type CallOptionsOf<Criterion extends AnyCriterion> =
  Parameters<Criterion['valueSync']> extends [unknown, unknown, (infer Options extends object)?]
    ? Options
    : object;

/** Type of a criterion's result without gradients: total, items, and assignment if there is one. */
export type ValueOf<Criterion extends AnyCriterion> = ReturnType<Criterion['valueSync']>;

/** Methods of a criterion that an adapter calls, without the types of its task. */
export interface LooseCriterion {
  readonly backend: 'wasm' | 'webgpu';
  valueSync(predictions: unknown, targets: unknown, options?: object): Value;
  valueAndGradSync(
    predictions: unknown,
    targets: unknown,
    options?: { out?: unknown },
  ): Value & { grads: Tree<Tensor> };
  valueAndGrad(
    predictions: unknown,
    targets: unknown,
    options?: { out?: unknown },
  ): Promise<Value & { grads: Tree<Tensor<TensorData>> }>;
}

interface Value {
  total: number;
}
