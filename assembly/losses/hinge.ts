import { maxWide, storeNarrow } from '../lib/f64x2';
import { eachPair } from './each-pair';

class Hinge {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const zero = f64x2.splat(0);
    const shortfall = f64x2.sub(f64x2.splat(1), f64x2.mul(t, x));
    const slope = f64x2.neg(f64x2.mul(t, v128.load(parameters)));
    storeNarrow(slopes, v128.and(slope, f64x2.gt(shortfall, zero)));
    return maxWide(shortfall, zero);
  }
}

/** max(0, 1 − t·x); slope 0 where t·x = 1. Arguments and result as `eachPair` has them. */
export function hinge(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<Hinge>(input, target, count, grad, values, parameters, scratch);
}
