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
  /** A number; with 'none' a tensor. */
  value: number | Tensor<Float64Array>;
  /** ∂value/∂input, with 'none' ∂Σvalue/∂input; the shape of the input. */
  grad: Tensor<Float64Array>;
}

/** A loss before its reduction. */
export interface Unreduced {
  values: Tensor<Float64Array>;
  /** ∂Σvalues/∂input. */
  grad: Tensor<Float64Array>;
}

/**
 * @param divisor what the mean divides the sum by; default: the number of values
 * @returns mean of nothing (divisor 0): value NaN as in PyTorch, gradient 0
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
  const data = grad.data.map((slope) => slope * share);
  return { value: sum / divisor, grad: { data, shape: grad.shape } };
}

/**
 * A loss of every element by itself.
 *
 * @param term loss of input x with target t, and its derivative with respect to x; i is their index
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
