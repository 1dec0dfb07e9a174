import { maxWide, storeNarrow } from '../lib/f64x2';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class SquaredHinge extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, grad: usize): v128 {
    const product = f64x2.mul(t, x);
    const shortfall = maxWide(f64x2.sub(f64x2.splat(1), product), f64x2.splat(0));
    const gradient = f64x2.mul(f64x2.mul(f64x2.splat(-2), t), shortfall);
    storeNarrow(grad, f64x2.mul(gradient, f64x2.splat(this.scale)));
    return f64x2.mul(shortfall, shortfall);
  }
}

/** Squared hinge loss max(0, 1 − t·x)², summed by `eachPair`. */
export function squaredHinge(p: ElementwiseParams): f64 {
  return eachPair<SquaredHinge>(p);
}
