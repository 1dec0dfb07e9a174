import { logAnyWide, maxWide, minWide, storeNarrow } from '../lib/f64x2';
import { eachPair, ElementwiseParams } from './each-pair';

/** Logarithms are clamped to −100, which bounds the loss at a probability of exactly 0 or 1. */
const LARGEST: f64 = 100;
/** Bounds the gradient where a probability is next to 0 or 1. */
const SMALLEST_VARIANCE: f64 = 1e-12;

// @ts-ignore: decorator
@inline
function boundedMinus(log: v128): v128 {
  return minWide(f64x2.neg(log), f64x2.splat(LARGEST));
}

@unmanaged
class LogLoss extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, grad: usize): v128 {
    const one = f64x2.splat(1);
    const complement = f64x2.sub(one, x);
    const variance = maxWide(f64x2.mul(x, complement), f64x2.splat(SMALLEST_VARIANCE));
    const gradient = f64x2.div(f64x2.sub(x, t), variance);
    storeNarrow(grad, f64x2.mul(gradient, f64x2.splat(this.scale)));
    const positive = f64x2.mul(t, boundedMinus(logAnyWide(x)));
    // Adds back, to first order, what 1 − x rounds away of a small x
    const lost = f64x2.sub(f64x2.sub(one, complement), x);
    const correction = v128.and(f64x2.div(lost, complement), f64x2.lt(x, one));
    const log = f64x2.add(logAnyWide(complement), correction);
    return f64x2.add(positive, f64x2.mul(f64x2.sub(one, t), boundedMinus(log)));
  }
}

/**
 * Cross-entropy −t·log x − (1 − t)·log(1 − x) of probabilities x, summed by `eachPair`. Logarithms are at least −100. The
 * gradient (x − t) / max(x·(1 − x), 1e-12) ignores that clamp.
 *
 * Source: PyTorch, binary_cross_entropy.
 */
export function logLoss(p: ElementwiseParams): f64 {
  return eachPair<LogLoss>(p);
}
