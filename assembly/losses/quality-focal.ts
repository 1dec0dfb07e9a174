import { powerWide, storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class QualityFocal extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, grad: usize): v128 {
    const zero = f64x2.splat(0);
    const notQ = f64x2.sub(f64x2.splat(1), q);
    const e = exponentialOf(x);
    const inverse = inverseOf(e);
    const p = sigmoidOf(x, e, inverse);
    const notP = complementOf(x, e, inverse);
    const loss = entropyOf(x, e, q, notQ);
    // p − q; positive logits take the complement, because their p itself is almost 1
    const missed = v128.bitselect(f64x2.sub(notQ, notP), f64x2.sub(p, q), f64x2.gt(x, zero));
    const power = powerWide(f64x2.abs(missed), this.wholePower, f64x2.splat(this.restPower));
    const byX = f64x2.div(f64x2.mul(p, notP), missed);
    const rise = v128.andnot(byX, f64x2.eq(missed, zero));
    const byPower = f64x2.mul(f64x2.mul(f64x2.splat(this.power), rise), loss);
    const byLoss = f64x2.sub(f64x2.mul(notQ, p), f64x2.mul(q, notP));
    const gradient = f64x2.mul(power, f64x2.add(byPower, byLoss));
    storeNarrow(grad, f64x2.mul(gradient, f64x2.splat(this.scale)));
    return f64x2.mul(power, loss);
  }
}

/**
 * Quality focal loss |q − p|^β·BCE of logits with soft targets q, summed by `eachPair`. Where p = q, a power β < 1 has a
 * cusp, whose gradient is taken as 0.
 *
 * Source: Li et al., arXiv:2006.04388, eq. 2.
 */
export function qualityFocal(p: ElementwiseParams): f64 {
  return eachPair<QualityFocal>(p);
}
