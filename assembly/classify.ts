import { abs4, expNeg4, expNegExact4, firstLanes, log1p4, ONE } from './lib/f32x4';
import { expWide, loadWide, logWide, softplusWide, storeNarrow, sumWide } from './lib/f64x2';

/** Vectors whose products Π(1 + e) share one logarithm: 2^16 at most, far from overflow. */
const BLOCK: i32 = 16;

/** A logit whose background loss and gradient are 0: stands in for what must not count. */
const NEUTRAL: usize = memory.data<f32>([-1e30, -1e30, -1e30, -1e30], 16);

/** Both lane pairs of four float32 sums, in float64. */
// @ts-ignore: decorator
@inline
function addWide(total: v128, lanes: v128): v128 {
  const high = i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  return f64x2.add(total, f64x2.add(f64x2.promote_low_f32x4(lanes), f64x2.promote_low_f32x4(high)));
}

/** 1/(1 + exp(−x)), given e = exp(−|x|). */
// @ts-ignore: decorator
@inline
function sigmoid4(x: v128, e: v128): v128 {
  const one = v128.load(ONE);
  const numerator = v128.bitselect(e, one, i32x4.shr_s(x, 31));
  return f32x4.div(numerator, f32x4.add(one, e));
}

/** p^gamma: whole powers by multiplication, the rest as exp(−rest · softplus(−x)). */
// @ts-ignore: decorator
@inline
function power4(p: v128, minusLogP: v128, gamma: f64): v128 {
  let power = v128.load(ONE);
  const whole = <i32>Math.floor(gamma);
  for (let i = 0; i < whole; i++) power = f32x4.mul(power, p);
  const rest = <f32>(gamma - <f64>whole);
  if (rest == 0) return power;
  return f32x4.mul(power, expNegExact4(f32x4.mul(minusLogP, f32x4.splat(rest))));
}

/** Four lanes at `at`; those from `end` on are neutral. */
// @ts-ignore: decorator
@inline
function loadUpTo(at: usize, end: usize): v128 {
  const x = v128.load(at);
  if (at + 16 <= end) return x;
  return v128.bitselect(x, v128.load(NEUTRAL), firstLanes(<i32>(end - at) >> 2));
}

/** Π(1 + e) − 1 with one more factor, 1 + e. */
// @ts-ignore: decorator
@inline
function include(product: v128, e: v128): v128 {
  return f32x4.add(product, f32x4.mul(e, f32x4.add(v128.load(ONE), product)));
}

/** scale · sigmoid(x) at `at`, given e = exp(−|x|). */
// @ts-ignore: decorator
@inline
function storeSlope(at: usize, x: v128, e: v128, scale: v128): void {
  v128.store(at, f32x4.mul(sigmoid4(x, e), scale));
}

/** Σ softplus = Σ max(x, 0) + log Π(1 + e), of a block, onto a float64 total. */
// @ts-ignore: decorator
@inline
function closeBlock(total: v128, twiceLinear: v128, product: v128): v128 {
  return addWide(addWide(total, log1p4(product)), f32x4.mul(twiceLinear, f32x4.splat(0.5)));
}

/** Zeros to `count` floats, a multiple of 4. */
// @ts-ignore: decorator
@inline
function zero(pointer: usize, count: i32): void {
  const end = pointer + (<usize>count << 2);
  for (; pointer < end; pointer += 16) v128.store(pointer, f32x4.splat(0));
}

// `backward` is a constant at every call: two loops come of this one.
// @ts-ignore: decorator
@inline
function softplusPass(
  logits: usize,
  rows: i32,
  lead: i32,
  width: i32,
  scale: f32,
  backward: bool,
): f64 {
  const scales = f32x4.splat(scale);
  const none = f32x4.splat(0);
  let total = f64x2.splat(0);
  let twiceLinear = none;
  let product = none;
  let pending = 0;
  let at = logits;
  for (let row = 0; row < rows; row++) {
    if (backward) zero(at, lead);
    at += <usize>lead << 2;
    const end = at + (<usize>width << 2);
    // By pairs, which join before they meet the running product: its latency bounds the loop.
    for (; at + 32 <= end; at += 32) {
      const x = v128.load(at);
      const y = v128.load(at, 16);
      const magnitudeX = abs4(x);
      const magnitudeY = abs4(y);
      const eX = expNeg4(magnitudeX);
      const eY = expNeg4(magnitudeY);
      if (backward) {
        storeSlope(at, x, eX, scales);
        storeSlope(at + 16, y, eY, scales);
      }
      const positive = f32x4.add(f32x4.add(magnitudeX, x), f32x4.add(magnitudeY, y));
      twiceLinear = f32x4.add(twiceLinear, positive);
      product = include(product, include(eX, eY));
      pending += 2;
      if (pending >= BLOCK) {
        total = closeBlock(total, twiceLinear, product);
        twiceLinear = none;
        product = none;
        pending = 0;
      }
    }
    for (; at < end; at += 16) {
      const x = loadUpTo(at, end);
      const magnitude = abs4(x);
      const e = expNeg4(magnitude);
      if (backward) storeSlope(at, x, e, scales);
      twiceLinear = f32x4.add(twiceLinear, f32x4.add(magnitude, x));
      product = include(product, e);
      pending++;
    }
    if (pending >= BLOCK) {
      total = closeBlock(total, twiceLinear, product);
      twiceLinear = none;
      product = none;
      pending = 0;
    }
    at = end;
  }
  return sumWide(closeBlock(total, twiceLinear, product));
}

// The same of p^gamma · softplus(x), which takes a logarithm an element. The power multiplies an
// error of exp by gamma + 1, so here it is the exact one.
// @ts-ignore: decorator
@inline
function modulatedPass(
  logits: usize,
  rows: i32,
  lead: i32,
  width: i32,
  gamma: f64,
  scale: f32,
  backward: bool,
): f64 {
  const half = f32x4.splat(0.5);
  const scales = f32x4.splat(scale);
  let total = f64x2.splat(0);
  let at = logits;
  for (let row = 0; row < rows; row++) {
    if (backward) zero(at, lead);
    at += <usize>lead << 2;
    const end = at + (<usize>width << 2);
    for (; at < end; at += 16) {
      const x = loadUpTo(at, end);
      const magnitude = abs4(x);
      const e = expNegExact4(magnitude);
      const p = sigmoid4(x, e);
      const log1p = log1p4(e);
      const loss = f32x4.add(f32x4.mul(f32x4.add(magnitude, x), half), log1p);
      const minusLogP = f32x4.add(f32x4.mul(f32x4.sub(magnitude, x), half), log1p);
      const factor = power4(p, minusLogP, gamma);
      total = addWide(total, f32x4.mul(factor, loss));
      if (backward) {
        // ∂(p^γ·softplus) = p^γ·(γ(1 − p)·softplus + p)
        const rise = f32x4.mul(f32x4.splat(<f32>gamma), f32x4.sub(v128.load(ONE), p));
        const slope = f32x4.add(f32x4.mul(rise, loss), p);
        v128.store(at, f32x4.mul(f32x4.mul(factor, slope), scales));
      }
    }
    at = end;
  }
  return sumWide(total);
}

/**
 * Class loss of logits whose target is 0, and its gradient in their place: softplus(x), or, modulated,
 * p^gamma · softplus(x), the background of focal and varifocal loss.
 *
 * No logarithm an element in the plain one: q ← q + e·(1 + q) keeps Π(1 + e) − 1 without losing a small
 * e = exp(−|x|), and one log(1 + q) serves a block. NaN and infinity reach the sum, −∞ as NaN.
 *
 * @param logits f32, `rows` runs of `lead` (4·n) floats that are no logits and `width` that are, readable and
 *   writable for 3 floats past the end → scale · gradient where `backward`, 0 in the leads
 * @returns the sum, in float64
 * Sources: Lin et al., arXiv:1708.02002; Zhang et al., arXiv:2008.13367.
 */
export function background(
  logits: usize,
  rows: i32,
  lead: i32,
  width: i32,
  gamma: f64,
  scale: f32,
  modulated: bool,
  backward: bool,
): f64 {
  if (modulated) {
    if (backward) return modulatedPass(logits, rows, lead, width, gamma, scale, true);
    return modulatedPass(logits, rows, lead, width, gamma, scale, false);
  }
  if (backward) return softplusPass(logits, rows, lead, width, scale, true);
  return softplusPass(logits, rows, lead, width, scale, false);
}

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
