import { maxWide, storeNarrow } from '../lib/f64x2';
import { eachPair } from './each-pair';

class SquaredHinge {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const product = f64x2.mul(t, x);
    const shortfall = maxWide(f64x2.sub(f64x2.splat(1), product), f64x2.splat(0));
    const slope = f64x2.mul(f64x2.mul(f64x2.splat(-2), t), shortfall);
    storeNarrow(slopes, f64x2.mul(slope, v128.load(parameters)));
    return f64x2.mul(shortfall, shortfall);
  }
}

/** max(0, 1 − t·x)². Arguments and result as `eachPair` has them. */
export function squaredHinge(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<SquaredHinge>(input, target, count, grad, values, parameters, scratch);
}
