import type { Tensor } from '../../types.ts';
import type { Term } from '../term.ts';

/** A dense argument of any rank. */
export type Values = Tensor<ArrayLike<number>>;

export type Reduction = 'none' | 'mean' | 'sum';

/** Options that every plain loss has. */
export interface LossOptions {
  /** Default 'mean'. */
  reduction?: Reduction;
}

export interface Loss {
  /** A number, or a tensor with reduction 'none'. */
  value: number | Tensor<Float64Array>;
  /** ∂value/∂input, or ∂Σvalue/∂input with 'none'. It has the input's shape. */
  grad: Tensor<Float64Array>;
}

/** A loss before its reduction. */
export interface Unreduced {
  values: Tensor<Float64Array>;
  /** ∂Σvalues/∂input. */
  grad: Tensor<Float64Array>;
}

/**
 * Reduces a loss. The mean of no elements, or of weights that are all 0 (divisor 0), is NaN as in PyTorch, with gradient 0.
 *
 * @param divisor divisor of the sum in the mean; default: the number of values
 */
export function reduce(
  { values, grad }: Unreduced,
  reduction: Reduction = 'mean',
  divisor = values.data.length,
): Loss {
  if (reduction === 'none') return { value: values, grad };
  const sum = values.data.reduce((total, value) => total + value, 0);
  if (reduction === 'sum') return { value: sum, grad };
  const share = divisor === 0 ? 0 : 1 / divisor;
  const data = grad.data.map((derivative) => derivative * share);
  return { value: sum / (divisor || Number.NaN), grad: { data, shape: grad.shape } };
}

/**
 * Computes an elementwise loss.
 *
 * @param term returns the loss of input x with target t, and its derivative with respect to x; i is their index
 */
export function elementwise(
  input: Values,
  target: Values,
  { reduction }: LossOptions,
  term: (x: number, t: number, i: number) => Term,
): Loss {
  const terms = Array.from(input.data, (x, i) => term(x, target.data[i], i));
  const { shape } = input;
  const values = { data: Float64Array.from(terms, ({ value }) => value), shape };
  const grad = { data: Float64Array.from(terms, (t) => t.grad), shape };
  return reduce({ values, grad }, reduction);
}
