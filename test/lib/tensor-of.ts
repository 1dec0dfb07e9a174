import type { Tensor } from '../../src/types.ts';

/** A loss's value under reduction 'none'. */
export function tensorOf(value: number | Tensor<Float64Array>): Tensor<Float64Array> {
  if (typeof value === 'number') throw new Error(`tensorOf: a tensor is needed, got ${value}`);
  return value;
}
