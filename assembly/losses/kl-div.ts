import { logAnyWide, storeNarrow } from '../lib/f64x2';
import { eachPair } from './each-pair';

class KlDiv {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, parameters: usize, slopes: usize): v128 {
    storeNarrow(slopes, f64x2.neg(f64x2.mul(t, v128.load(parameters))));
    const divergence = f64x2.mul(t, f64x2.sub(logAnyWide(t), x));
    return v128.andnot(divergence, f64x2.eq(t, f64x2.splat(0)));
  }
}

/** t·(log t − x) of log-probabilities x; 0 where t = 0. Arguments and result as `eachPair` has them. */
export function klDiv(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<KlDiv>(input, target, count, grad, values, parameters, scratch);
}
