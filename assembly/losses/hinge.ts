import { maxWide, storeNarrow } from '../lib/f64x2';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class Hinge extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, grad: usize): v128 {
    const zero = f64x2.splat(0);
    const shortfall = f64x2.sub(f64x2.splat(1), f64x2.mul(t, x));
    const gradient = f64x2.neg(f64x2.mul(t, f64x2.splat(this.scale)));
    storeNarrow(grad, v128.and(gradient, f64x2.gt(shortfall, zero)));
    return maxWide(shortfall, zero);
  }
}

/** Hinge loss max(0, 1 − t·x), summed by `eachPair`. The gradient is 0 where t·x = 1. */
export function hinge(p: ElementwiseParams): f64 {
  return eachPair<Hinge>(p);
}
