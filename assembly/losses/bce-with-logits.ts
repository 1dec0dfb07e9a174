import { loadWide, storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair } from './each-pair';

/** Writes the slope of BCE times `scale`, gives BCE. */
// @ts-ignore: decorator
@inline
function bcePair(x: v128, positive: v128, negative: v128, scale: v128, slopes: usize): v128 {
  const e = exponentialOf(x);
  const inverse = inverseOf(e);
  const byPositive = f64x2.mul(positive, complementOf(x, e, inverse));
  const slope = f64x2.sub(f64x2.mul(negative, sigmoidOf(x, e, inverse)), byPositive);
  storeNarrow(slopes, f64x2.mul(slope, scale));
  return entropyOf(x, e, positive, negative);
}

class Bce {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, parameters: usize, slopes: usize): v128 {
    return bcePair(x, q, f64x2.sub(f64x2.splat(1), q), v128.load(parameters), slopes);
  }
}

class WeightedBce {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, at: usize, parameters: usize, slopes: usize): v128 {
    const weight = loadWide(<usize>load<f64>(parameters, 16) + at);
    const posWeight = loadWide(<usize>load<f64>(parameters, 24) + at);
    const scale = f64x2.mul(weight, v128.load(parameters));
    const negative = f64x2.sub(f64x2.splat(1), q);
    return f64x2.mul(weight, bcePair(x, f64x2.mul(posWeight, q), negative, scale, slopes));
  }
}

/**
 * Binary cross-entropy −q·log p − (1 − q)·log(1 − p), p = sigmoid(x), of logits with soft targets q. Arguments and
 * result as `eachPair` has them.
 */
export function bceWithLogits(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<Bce>(input, target, count, grad, values, parameters, scratch);
}

/**
 * The same times a weight, and the part of positives times another: parameters are the scale and, one f64 each, the
 * addresses of f32 [n] weights and positives' weights, readable for a float more.
 */
export function weightedBceWithLogits(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<WeightedBce>(input, target, count, grad, values, parameters, scratch);
}
