import { logAnyWide, storeNarrow } from '../lib/f64x2';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class KlDiv extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, grad: usize): v128 {
    storeNarrow(grad, f64x2.neg(f64x2.mul(t, f64x2.splat(this.scale))));
    const divergence = f64x2.mul(t, f64x2.sub(logAnyWide(t), x));
    return v128.andnot(divergence, f64x2.eq(t, f64x2.splat(0)));
  }
}

/** Divergence t·(log t − x) of log-probabilities x, summed by `eachPair`; 0 where t = 0. */
export function klDiv(p: ElementwiseParams): f64 {
  return eachPair<KlDiv>(p);
}
