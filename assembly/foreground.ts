import { ClassLossKind } from './generated/kinds';
import { expWide, loadWide, logWide, softplusWide, storeNarrow, sumWide } from './lib/f64x2';

/** Parameters of `foreground`. */
@unmanaged
export class ForegroundParams {
  /** f32 [count] → scale · gradient; readable and writable for a float more. */
  logits: usize;
  /** f32 [count], soft class targets; readable for a float more. */
  targets: usize;
  /** f32 [count], factors of the losses; readable for a float more. Where one is 0 there is no loss, whatever the logit. */
  weights: usize;
  count: i32;
  kind: ClassLossKind;
  alpha: f64;
  gamma: f64;
  scale: f64;
}

/**
 * Class loss of positives for their targets' classes, with soft targets q, in float64.
 *
 * BCE(x, q) = softplus(x) − q·x; varifocal: q·BCE; focal: α_q·m^γ·BCE. Here p = sigmoid(x), m = q(1 − p) + (1 − q)p
 * is the probability missed, and α_q = qα + (1 − q)(1 − α).
 *
 * @returns the sum
 */
export function foreground(p: ForegroundParams): f64 {
  const logits = p.logits;
  const targets = p.targets;
  const weights = p.weights;
  const count = p.count;
  const kind = p.kind;
  const alpha = p.alpha;
  const gamma = p.gamma;
  const scale = p.scale;
  const one = f64x2.splat(1);
  let total = f64x2.splat(0);
  for (let i = 0; i < count; i += 2) {
    const x = loadWide(logits + (<usize>i << 2));
    const q = loadWide(targets + (<usize>i << 2));
    const sigmoid = expWide(f64x2.neg(softplusWide(f64x2.neg(x))));
    let loss = f64x2.sub(softplusWide(x), f64x2.mul(q, x));
    let grad = f64x2.sub(sigmoid, q);
    if (kind == ClassLossKind.VARIFOCAL) {
      loss = f64x2.mul(loss, q);
      grad = f64x2.mul(grad, q);
    } else if (kind == ClassLossKind.FOCAL) {
      const notP = f64x2.sub(one, sigmoid);
      const notQ = f64x2.sub(one, q);
      const missed = f64x2.add(f64x2.mul(q, notP), f64x2.mul(notQ, sigmoid));
      const positive = f64x2.pmax(missed, f64x2.splat(f64.MIN_NORMAL_VALUE));
      const factor = expWide(f64x2.mul(logWide(positive), f64x2.splat(gamma)));
      const balance = f64x2.add(f64x2.mul(q, f64x2.splat(alpha)), f64x2.mul(notQ, f64x2.splat(1 - alpha)));
      // ∂m = (1 − 2q)·p(1 − p)
      const byMissed = f64x2.mul(f64x2.sub(notQ, q), f64x2.mul(sigmoid, notP));
      const rise = f64x2.mul(f64x2.div(byMissed, positive), f64x2.mul(loss, f64x2.splat(gamma)));
      const weight = f64x2.mul(balance, factor);
      grad = f64x2.mul(weight, f64x2.add(grad, rise));
      loss = f64x2.mul(weight, loss);
    }
    const factor = loadWide(weights + (<usize>i << 2));
    const absent = f64x2.eq(factor, f64x2.splat(0));
    loss = v128.andnot(f64x2.mul(loss, factor), absent);
    grad = v128.andnot(f64x2.mul(grad, factor), absent);
    // The second lane holds no positive at the end of an odd number.
    if (i + 1 == count) loss = f64x2.replace_lane(loss, 1, 0);
    total = f64x2.add(total, loss);
    storeNarrow(logits + (<usize>i << 2), f64x2.mul(grad, f64x2.splat(scale)));
  }
  return sumWide(total);
}
