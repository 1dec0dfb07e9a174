import { powerWide, storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair } from './each-pair';

class Focal {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, parameters: usize, slopes: usize): v128 {
    const one = f64x2.splat(1);
    const alpha = v128.load(parameters, 16);
    const notQ = f64x2.sub(one, q);
    const e = exponentialOf(x);
    const inverse = inverseOf(e);
    const p = sigmoidOf(x, e, inverse);
    const notP = complementOf(x, e, inverse);
    const loss = entropyOf(x, e, q, notQ);
    const missed = f64x2.add(f64x2.mul(q, notP), f64x2.mul(notQ, p));
    const balance = f64x2.add(f64x2.mul(q, alpha), f64x2.mul(notQ, f64x2.sub(one, alpha)));
    const whole = <i32>load<f64>(parameters, 48);
    const weight = f64x2.mul(balance, powerWide(missed, whole, v128.load(parameters, 64)));
    // ∂log(1 − p_t) = (1 − 2q)·p(1 − p)/(1 − p_t); where nothing is missed there is no loss either
    const byX = f64x2.div(f64x2.mul(f64x2.sub(notQ, q), f64x2.mul(p, notP)), missed);
    const rise = v128.andnot(byX, f64x2.eq(missed, f64x2.splat(0)));
    const byPower = f64x2.mul(f64x2.mul(v128.load(parameters, 32), rise), loss);
    const byLoss = f64x2.sub(f64x2.mul(notQ, p), f64x2.mul(q, notP));
    const slope = f64x2.mul(weight, f64x2.add(byPower, byLoss));
    storeNarrow(slopes, f64x2.mul(slope, v128.load(parameters)));
    return f64x2.mul(weight, loss);
  }
}

/**
 * Focal loss α_t·(1 − p_t)^γ·BCE of logits with soft targets q: 1 − p_t = q(1 − p) + (1 − q)p, α_t = qα + (1 − q)(1 − α).
 *
 * Arguments and result as `eachPair` has them; parameters: scale, α, γ, and γ in two parts, whole and rest.
 * Source: Lin et al., arXiv:1708.02002, eq. 5.
 */
export function focal(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  return eachPair<Focal>(input, target, count, grad, values, parameters, scratch);
}
