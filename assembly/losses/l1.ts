import { signWide, storeNarrow } from '../lib/f64x2';
import { eachPair } from './each-pair';

class L1 {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const difference = f64x2.sub(x, t);
    storeNarrow(slopes, f64x2.mul(signWide(difference), v128.load(parameters)));
    return f64x2.abs(difference);
  }
}

/** Absolute error |x − t|; slope 0 where x = t. Arguments and result as `eachPair` has them. */
export function l1(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<L1>(input, target, count, grad, values, parameters, scratch);
}
