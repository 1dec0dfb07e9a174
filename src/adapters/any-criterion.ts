import type { Tensor, TensorData } from '../types.ts';
import type { Tree } from './tree.ts';

/** What an adapter needs of a criterion, whatever its task. */
export interface AnyCriterion {
  /** What computes it. */
  readonly backend: 'wasm' | 'webgpu';
  /** The loss at once. */
  valueSync(predictions: never, targets: never): unknown;
  /** The loss and its gradient at once. */
  valueAndGradSync(predictions: never, targets: never, options?: never): unknown;
  /** The loss and its gradient. */
  valueAndGrad(predictions: never, targets: never, options?: never): Promise<unknown>;
}

/** The targets that a criterion is handed. */
export type TargetsOf<Criterion extends AnyCriterion> = Parameters<Criterion['valueSync']>[1];

/** What a criterion gives beside gradients: total, items, and assignment where there is one. */
export type ValueOf<Criterion extends AnyCriterion> = ReturnType<Criterion['valueSync']>;

/** A criterion as an adapter calls it. */
export interface LooseCriterion {
  readonly backend: 'wasm' | 'webgpu';
  valueSync(predictions: unknown, targets: unknown): Value;
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
