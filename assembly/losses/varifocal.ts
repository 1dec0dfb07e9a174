import { powerWide, storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair } from './each-pair';

class Varifocal {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const notQ = f64x2.sub(f64x2.splat(1), q);
    const e = exponentialOf(x);
    const inverse = inverseOf(e);
    const p = sigmoidOf(x, e, inverse);
    const notP = complementOf(x, e, inverse);
    const loss = entropyOf(x, e, q, notQ);
    const isPositive = f64x2.gt(q, f64x2.splat(0));
    const whole = <i32>load<f64>(parameters, 48);
    const power = powerWide(p, whole, v128.load(parameters, 64));
    const negative = f64x2.mul(v128.load(parameters, 16), power);
    const weight = v128.bitselect(q, negative, isPositive);
    const byPower = f64x2.mul(f64x2.mul(v128.load(parameters, 32), notP), loss);
    const byLoss = f64x2.sub(f64x2.mul(notQ, p), f64x2.mul(q, notP));
    const slope = f64x2.mul(weight, f64x2.add(v128.andnot(byPower, isPositive), byLoss));
    storeNarrow(slopes, f64x2.mul(slope, v128.load(parameters)));
    return f64x2.mul(weight, loss);
  }
}

/**
 * Varifocal loss of logits with soft targets q: q·BCE where q > 0, else α·p^γ·BCE.
 *
 * Arguments and result as `eachPair` has them; parameters: scale, α, γ, and γ in two parts, whole and rest.
 * Source: Zhang et al., arXiv:2008.13367, eq. 2.
 */
export function varifocal(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<Varifocal>(input, target, count, grad, values, parameters, scratch);
}
