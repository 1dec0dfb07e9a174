import { logAnyWide, maxWide, minWide, storeNarrow } from '../lib/f64x2';
import { eachPair } from './each-pair';

/** Logarithms are clamped to −100, so that a probability of exactly 0 or 1 costs at most that. */
const LARGEST: f64 = 100;
/** Bounds the slope where a probability is next to 0 or 1. */
const SMALLEST_VARIANCE: f64 = 1e-12;

// @ts-ignore: decorator
@inline
function boundedMinus(log: v128): v128 {
  return minWide(f64x2.neg(log), f64x2.splat(LARGEST));
}

class LogLoss {
  // @ts-ignore: decorator
  @inline
  pair(p: v128, t: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const one = f64x2.splat(1);
    const complement = f64x2.sub(one, p);
    const variance = maxWide(f64x2.mul(p, complement), f64x2.splat(SMALLEST_VARIANCE));
    const slope = f64x2.div(f64x2.sub(p, t), variance);
    storeNarrow(slopes, f64x2.mul(slope, v128.load(parameters)));
    const positive = f64x2.mul(t, boundedMinus(logAnyWide(p)));
    // What 1 − p rounds away of a small p is put back to first order
    const lost = f64x2.sub(f64x2.sub(one, complement), p);
    const correction = v128.and(f64x2.div(lost, complement), f64x2.lt(p, one));
    const log = f64x2.add(logAnyWide(complement), correction);
    return f64x2.add(positive, f64x2.mul(f64x2.sub(one, t), boundedMinus(log)));
  }
}

/**
 * Cross-entropy −t·log p − (1 − t)·log(1 − p) of probabilities, logarithms at least −100; slope
 * (p − t) / max(p·(1 − p), 1e-12), which ignores that clamp.
 *
 * Arguments and result as `eachPair` has them.
 * Source: PyTorch, binary_cross_entropy.
 */
export function logLoss(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<LogLoss>(input, target, count, grad, values, parameters, scratch);
}
