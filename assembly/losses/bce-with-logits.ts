import { storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair, ElementwiseParams } from './each-pair';

/** Returns the cross-entropy positive·softplus(−x) + negative·softplus(x), and writes its gradient times `scale`. */
// @ts-ignore: decorator
@inline
function bcePair(x: v128, positive: v128, negative: v128, scale: v128, grad: usize): v128 {
  const e = exponentialOf(x);
  const inverse = inverseOf(e);
  const byPositive = f64x2.mul(positive, complementOf(x, e, inverse));
  const gradient = f64x2.sub(f64x2.mul(negative, sigmoidOf(x, e, inverse)), byPositive);
  storeNarrow(grad, f64x2.mul(gradient, scale));
  return entropyOf(x, e, positive, negative);
}

@unmanaged
class Bce extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, grad: usize): v128 {
    return bcePair(x, q, f64x2.sub(f64x2.splat(1), q), f64x2.splat(this.scale), grad);
  }
}

/** Weights of the two elements that lie `at` bytes from the first one. @param weights 0: all are 1 */
// @ts-ignore: decorator
@inline
function weightsAt(weights: usize, at: usize): v128 {
  return weights ? v128.load(weights + 2 * at) : f64x2.splat(1);
}

@unmanaged
class WeightedBce extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, at: usize, grad: usize): v128 {
    const weight = weightsAt(this.weight, at);
    const posWeight = weightsAt(this.posWeight, at);
    const scale = f64x2.mul(weight, f64x2.splat(this.scale));
    const negative = f64x2.sub(f64x2.splat(1), q);
    return f64x2.mul(weight, bcePair(x, f64x2.mul(posWeight, q), negative, scale, grad));
  }
}

/**
 * Binary cross-entropy weight · (−posWeight·q·log p − (1 − q)·log(1 − p)), p = sigmoid(x), of logits with soft targets q,
 * summed by `eachPair`.
 */
export function bceWithLogits(p: ElementwiseParams): f64 {
  return p.weight | p.posWeight ? eachPair<WeightedBce>(p) : eachPair<Bce>(p);
}
