import { powerWide, storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class Focal extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, grad: usize): v128 {
    const one = f64x2.splat(1);
    const alpha = f64x2.splat(this.alpha);
    const notQ = f64x2.sub(one, q);
    const e = exponentialOf(x);
    const inverse = inverseOf(e);
    const p = sigmoidOf(x, e, inverse);
    const notP = complementOf(x, e, inverse);
    const loss = entropyOf(x, e, q, notQ);
    const missed = f64x2.add(f64x2.mul(q, notP), f64x2.mul(notQ, p));
    const balance = f64x2.add(f64x2.mul(q, alpha), f64x2.mul(notQ, f64x2.sub(one, alpha)));
    const power = powerWide(missed, this.wholePower, f64x2.splat(this.restPower));
    const weight = f64x2.mul(balance, power);
    // ∂log(1 − p_t) = (1 − 2q)·p(1 − p)/(1 − p_t); there is no loss either where 1 − p_t = 0
    const byX = f64x2.div(f64x2.mul(f64x2.sub(notQ, q), f64x2.mul(p, notP)), missed);
    const rise = v128.andnot(byX, f64x2.eq(missed, f64x2.splat(0)));
    const byPower = f64x2.mul(f64x2.mul(f64x2.splat(this.power), rise), loss);
    const byLoss = f64x2.sub(f64x2.mul(notQ, p), f64x2.mul(q, notP));
    const gradient = f64x2.mul(weight, f64x2.add(byPower, byLoss));
    storeNarrow(grad, f64x2.mul(gradient, f64x2.splat(this.scale)));
    return f64x2.mul(weight, loss);
  }
}

/**
 * Focal loss α_t·(1 − p_t)^γ·BCE of logits with soft targets q, summed by `eachPair`: 1 − p_t = q(1 − p) + (1 − q)p and
 * α_t = qα + (1 − q)(1 − α).
 *
 * Source: Lin et al., arXiv:1708.02002, eq. 5.
 */
export function focal(p: ElementwiseParams): f64 {
  return eachPair<Focal>(p);
}
