import { storeNarrow } from '../lib/f64x2';
import { eachPair } from './each-pair';

class Mse {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const difference = f64x2.sub(x, t);
    const twice = f64x2.add(difference, difference);
    storeNarrow(slopes, f64x2.mul(twice, v128.load(parameters)));
    return f64x2.mul(difference, difference);
  }
}

/** Squared error (x − t)². Arguments and result as `eachPair` has them. */
export function mse(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<Mse>(input, target, count, grad, values, parameters, scratch);
}
