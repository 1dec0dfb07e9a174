import type { Tensor, TensorData } from '../../types.ts';
import { leavesOf, type Tree } from '../tree.ts';

type Grads = Tree<Tensor<TensorData>>;

/** Unused gradients to overwrite, because new memory costs more time than the loss. */
export class SpareGradients {
  #spare: Grads[] = [];

  /** Returns gradients in the predictions' shapes for `out`; undefined if there are none. */
  take(predictions: readonly { shape: readonly number[] }[]): Grads | undefined {
    const grads = this.#spare.pop();
    if (grads === undefined) return undefined;
    const tensors = leavesOf(grads, isTensor);
    const fits = tensors.every(({ shape }, i) => `${shape}` === `${predictions[i]?.shape}`);
    return fits && tensors.length === predictions.length ? grads : undefined;
  }

  give(grads: Grads): void {
    this.#spare.push(grads);
  }
}

export function isTensor(value: unknown): value is Tensor<TensorData> {
  const { data, shape } = (value ?? {}) as Partial<Tensor>;
  return data !== undefined && shape !== undefined;
}
