import { powerWide, storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair } from './each-pair';

class QualityFocal {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const zero = f64x2.splat(0);
    const notQ = f64x2.sub(f64x2.splat(1), q);
    const e = exponentialOf(x);
    const inverse = inverseOf(e);
    const p = sigmoidOf(x, e, inverse);
    const notP = complementOf(x, e, inverse);
    const loss = entropyOf(x, e, q, notQ);
    // p − q; of positive logits by the complement, as p itself is all but 1 there
    const missed = v128.bitselect(f64x2.sub(notQ, notP), f64x2.sub(p, q), f64x2.gt(x, zero));
    const whole = <i32>load<f64>(parameters, 32);
    const power = powerWide(f64x2.abs(missed), whole, v128.load(parameters, 48));
    const byX = f64x2.div(f64x2.mul(p, notP), missed);
    const rise = v128.andnot(byX, f64x2.eq(missed, zero));
    const byPower = f64x2.mul(f64x2.mul(v128.load(parameters, 16), rise), loss);
    const byLoss = f64x2.sub(f64x2.mul(notQ, p), f64x2.mul(q, notP));
    const slope = f64x2.mul(power, f64x2.add(byPower, byLoss));
    storeNarrow(slopes, f64x2.mul(slope, v128.load(parameters)));
    return f64x2.mul(power, loss);
  }
}

/**
 * Quality focal loss |q − p|^β·BCE of logits with soft targets q. Where p = q, the slope of a cusp (β < 1) is taken as 0.
 *
 * Arguments and result as `eachPair` has them; parameters: scale, β, and β in two parts, whole and rest.
 * Source: Li et al., arXiv:2006.04388, eq. 2.
 */
export function qualityFocal(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<QualityFocal>(input, target, count, grad, values, parameters, scratch);
}
