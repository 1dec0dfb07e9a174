import { signWide, storeNarrow } from '../lib/f64x2';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class L1 extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, grad: usize): v128 {
    const difference = f64x2.sub(x, t);
    storeNarrow(grad, f64x2.mul(signWide(difference), f64x2.splat(this.scale)));
    return f64x2.abs(difference);
  }
}

/** Absolute error |x − t|, summed by `eachPair`. The gradient is 0 where x = t. */
export function l1(p: ElementwiseParams): f64 {
  return eachPair<L1>(p);
}
