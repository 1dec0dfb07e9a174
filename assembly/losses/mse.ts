import { storeNarrow } from '../lib/f64x2';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class Mse extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, grad: usize): v128 {
    const difference = f64x2.sub(x, t);
    const twice = f64x2.add(difference, difference);
    storeNarrow(grad, f64x2.mul(twice, f64x2.splat(this.scale)));
    return f64x2.mul(difference, difference);
  }
}

/** Squared error (x − t)², summed by `eachPair`. */
export function mse(p: ElementwiseParams): f64 {
  return eachPair<Mse>(p);
}
