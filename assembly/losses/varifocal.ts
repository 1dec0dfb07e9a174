import { powerWide, storeNarrow } from '../lib/f64x2';
import { complementOf, entropyOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';
import { eachPair, ElementwiseParams } from './each-pair';

@unmanaged
class Varifocal extends ElementwiseParams {
  // @ts-ignore: decorator
  @inline
  pair(x: v128, q: v128, _: usize, grad: usize): v128 {
    const notQ = f64x2.sub(f64x2.splat(1), q);
    const e = exponentialOf(x);
    const inverse = inverseOf(e);
    const p = sigmoidOf(x, e, inverse);
    const notP = complementOf(x, e, inverse);
    const loss = entropyOf(x, e, q, notQ);
    const isPositive = f64x2.gt(q, f64x2.splat(0));
    const power = powerWide(p, this.wholePower, f64x2.splat(this.restPower));
    const negative = f64x2.mul(f64x2.splat(this.alpha), power);
    const weight = v128.bitselect(q, negative, isPositive);
    const byPower = f64x2.mul(f64x2.mul(f64x2.splat(this.power), notP), loss);
    const byLoss = f64x2.sub(f64x2.mul(notQ, p), f64x2.mul(q, notP));
    const gradient = f64x2.mul(weight, f64x2.add(v128.andnot(byPower, isPositive), byLoss));
    storeNarrow(grad, f64x2.mul(gradient, f64x2.splat(this.scale)));
    return f64x2.mul(weight, loss);
  }
}

/**
 * Varifocal loss of logits with soft targets q, summed by `eachPair`: q·BCE where q > 0, else α·p^γ·BCE.
 *
 * Source: Zhang et al., arXiv:2008.13367, eq. 2.
 */
export function varifocal(p: ElementwiseParams): f64 {
  return eachPair<Varifocal>(p);
}
