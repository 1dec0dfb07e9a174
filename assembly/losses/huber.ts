import { minWide, storeNarrow } from '../lib/f64x2';
import { eachPair } from './each-pair';

class Huber {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, t: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const difference = f64x2.sub(x, t);
    const size = f64x2.abs(difference);
    const bounded = minWide(size, v128.load(parameters, 16));
    const factor = v128.load(parameters, 32);
    const sign = v128.and(difference, f64x2.splat(-0.0));
    const slope = f64x2.mul(v128.or(bounded, sign), factor);
    storeNarrow(slopes, f64x2.mul(slope, v128.load(parameters)));
    const half = f64x2.mul(bounded, f64x2.splat(0.5));
    return f64x2.mul(f64x2.mul(bounded, factor), f64x2.sub(size, half));
  }
}

/**
 * Huber loss times a factor: m·(|d| − m/2) with d = x − t and m = min(|d|, δ), which is d²/2 below δ and a line from
 * there on. Smooth L1 loss is that of δ = β times 1/β.
 *
 * Arguments and result as `eachPair` has them; parameters: scale, δ, factor.
 * Sources: Huber 1964; Girshick, arXiv:1504.08083, eq. 3.
 */
export function huber(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<Huber>(input, target, count, grad, values, parameters, scratch);
}
