import { expWide, loadWide, logWide, softplusWide, storeNarrow, sumWide } from './lib/f64x2';

/** Class losses with a soft target, in the order the host passes them. */
const VARIFOCAL: i32 = 1;
const FOCAL: i32 = 2;

/**
 * Class loss of the positives' own classes, whose target is their score q, in float64.
 *
 * BCE(x, q) = softplus(x) − q·x; varifocal: q·BCE; focal: α_q·m^γ·BCE with m = q(1 − p) + (1 − q)p the
 * probability missed and α_q = qα + (1 − q)(1 − α).
 *
 * @param logits f32 [P] → scale · gradient; an even number of values, those past P neutral
 * @param scores f32 [P], 0 past P
 * @returns the sum
 */
export function foreground(
  logits: usize,
  scores: usize,
  count: i32,
  kind: i32,
  alpha: f64,
  gamma: f64,
  scale: f64,
): f64 {
  const one = f64x2.splat(1);
  let total = f64x2.splat(0);
  for (let i = 0; i < count; i += 2) {
    const x = loadWide(logits + (<usize>i << 2));
    const q = loadWide(scores + (<usize>i << 2));
    const p = expWide(f64x2.neg(softplusWide(f64x2.neg(x))));
    let loss = f64x2.sub(softplusWide(x), f64x2.mul(q, x));
    let slope = f64x2.sub(p, q);
    if (kind == VARIFOCAL) {
      loss = f64x2.mul(loss, q);
      slope = f64x2.mul(slope, q);
    } else if (kind == FOCAL) {
      const notP = f64x2.sub(one, p);
      const notQ = f64x2.sub(one, q);
      const missed = f64x2.add(f64x2.mul(q, notP), f64x2.mul(notQ, p));
      const positive = f64x2.pmax(missed, f64x2.splat(f64.MIN_NORMAL_VALUE));
      const factor = expWide(f64x2.mul(logWide(positive), f64x2.splat(gamma)));
      const balance = f64x2.add(
        f64x2.mul(q, f64x2.splat(alpha)),
        f64x2.mul(notQ, f64x2.splat(1 - alpha)),
      );
      // ∂m = (1 − 2q)·p(1 − p)
      const byMissed = f64x2.mul(f64x2.sub(notQ, q), f64x2.mul(p, notP));
      const rise = f64x2.mul(f64x2.div(byMissed, positive), f64x2.mul(loss, f64x2.splat(gamma)));
      const weight = f64x2.mul(balance, factor);
      slope = f64x2.mul(weight, f64x2.add(slope, rise));
      loss = f64x2.mul(weight, loss);
    }
    total = f64x2.add(total, loss);
    storeNarrow(logits + (<usize>i << 2), f64x2.mul(slope, f64x2.splat(scale)));
  }
  return sumWide(total);
}
