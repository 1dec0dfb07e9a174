import { minWide, storeNarrow } from '../lib/f64x2';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class Huber extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, grad: usize): v128 {
    const difference = f64x2.sub(x, t);
    const size = f64x2.abs(difference);
    const bounded = minWide(size, f64x2.splat(this.delta));
    const factor = f64x2.splat(this.factor);
    const sign = v128.and(difference, f64x2.splat(-0.0));
    const gradient = f64x2.mul(v128.or(bounded, sign), factor);
    storeNarrow(grad, f64x2.mul(gradient, f64x2.splat(this.scale)));
    const half = f64x2.mul(bounded, f64x2.splat(0.5));
    return f64x2.mul(f64x2.mul(bounded, factor), f64x2.sub(size, half));
  }
}

/**
 * Huber loss times a factor, summed by `eachPair`: m·(|d| − m/2) with d = x − t and m = min(|d|, δ). That is d²/2 below δ,
 * and a line above. Smooth L1 loss has δ = β and the factor 1/β.
 *
 * Sources: Huber 1964; Girshick, arXiv:1504.08083, eq. 3.
 */
export function huber(p: ElementwiseParams): f64 {
  return eachPair<Huber>(p);
}
