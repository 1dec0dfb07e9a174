import {
  abs4,
  EXP2_1,
  EXP2_2,
  EXP2_3,
  EXP2_4,
  EXP2_5,
  exp4,
  expExact4,
  expWithin4,
  firstLanes,
  LOG2E,
  log1p4,
  madd4,
  ONE,
  ROUND,
} from './lib/f32x4';
import { sumWide, widen } from './lib/f64x2';

/** Bytes of logits whose Π(1 + exp x) share one logarithm. */
const BLOCK: usize = 32 * 16;

/** Logits whose loss and gradient are next to 0, e^−69: stand in for what must not count. */
const NEUTRAL: usize = memory.data<f32>([-69, -69, -69, -69], 16);
/** The largest |x| whose exponential is taken without bounds. */
const WITHIN: usize = memory.data<f32>([69, 69, 69, 69], 16);
/** A product that may have overflowed is not below it. */
const PRODUCT_MAX: usize = memory.data<f32>([1e36, 1e36, 1e36, 1e36], 16);

/** Four lanes at `at`; those from `end` on are neutral. */
// @ts-ignore: decorator
@inline
function loadUpTo(at: usize, end: usize): v128 {
  const x = v128.load(at);
  if (at + 16 <= end) return x;
  return v128.bitselect(x, v128.load(NEUTRAL), firstLanes(<i32>(end - at) >> 2));
}

/** Zeros to `count` floats, a multiple of 4. */
// @ts-ignore: decorator
@inline
function zero(pointer: usize, count: i32): void {
  const end = pointer + (<usize>count << 2);
  for (; pointer < end; pointer += 16) v128.store(pointer, f32x4.splat(0));
}

/**
 * Σ softplus of one block by its definition for any x: max(x, 0) + log(1 + exp(−|x|)). (|x| + x)/2 is
 * max(x, 0), but NaN for −∞, as x · 0 is in PyTorch.
 */
function anySoftplus(start: usize, end: usize, slopes: usize, scale: v128, backward: bool): v128 {
  const one = v128.load(ONE);
  let twiceLinear = f32x4.splat(0);
  let product = f32x4.splat(0);
  for (let at = start; at < end; at += 16) {
    const x = loadUpTo(at, end);
    const magnitude = abs4(x);
    const e = exp4(f32x4.neg(magnitude));
    const u = f32x4.add(one, e);
    twiceLinear = f32x4.add(twiceLinear, f32x4.add(magnitude, x));
    product = madd4(product, u, e);
    if (!backward) continue;
    const p = f32x4.div(v128.bitselect(e, one, i32x4.shr_s(x, 31)), u);
    v128.store(at + slopes, f32x4.mul(v128.bitselect(p, x, f32x4.eq(x, x)), scale));
  }
  return f64x2.add(widen(log1p4(product)), f64x2.mul(widen(twiceLinear), f64x2.splat(0.5)));
}

/**
 * Σ softplus of one block, as log Π(1 + exp x). No logarithm an element: q ← q·(1 + e) + e keeps
 * Π(1 + e) − 1 without losing a small e. A block with a logit far from 0 starts over in the loop that takes any.
 * Constants and what is added up fill the registers: with another sum, one of them would live on the stack.
 *
 * @param slopes bytes from a logit to its gradient
 */
// @ts-ignore: decorator
@inline
function softplus(start: usize, end: usize, slopes: usize, scale: v128, backward: bool): v128 {
  const log2e = v128.load(LOG2E);
  const round = v128.load(ROUND);
  const one = v128.load(ONE);
  const c1 = v128.load(EXP2_1);
  const c2 = v128.load(EXP2_2);
  const c3 = v128.load(EXP2_3);
  const c4 = v128.load(EXP2_4);
  const c5 = v128.load(EXP2_5);
  let product = f32x4.splat(0);
  let highest = i32x4.splat(0);
  let at = start;
  for (; at < end; at += 16) {
    const x = loadUpTo(at, end);
    highest = i32x4.max_u(highest, i32x4.shl(x, 1));
    const e = expWithin4(x, log2e, round, one, c1, c2, c3, c4, c5);
    const u = f32x4.add(one, e);
    if (backward) v128.store(at + slopes, f32x4.mul(f32x4.div(e, u), scale));
    product = madd4(product, u, e);
  }
  const bounded = f32x4.lt(product, v128.load(PRODUCT_MAX));
  // As integers without their signs: infinity and NaN are above all others.
  const within = i32x4.le_u(highest, i32x4.shl(v128.load(WITHIN), 1));
  if (i32x4.all_true(v128.and(bounded, within))) return widen(log1p4(product));
  return anySoftplus(start, end, slopes, scale, backward);
}

/** Powers that are multiplied out; far from p = 1 a higher one is next to nothing. */
const WHOLE_POWERS: f64 = 8;

/** p^gamma: whole powers by multiplication, the rest as exp(−rest · softplus(−x)). */
// @ts-ignore: decorator
@inline
function power(p: v128, minusLogP: v128, gamma: f64): v128 {
  let result = v128.load(ONE);
  const whole = gamma < WHOLE_POWERS ? Math.floor(gamma) : 0;
  for (let i: f64 = 0; i < whole; i++) result = f32x4.mul(result, p);
  const rest = <f32>(gamma - whole);
  if (rest == 0) return result;
  return f32x4.mul(result, expExact4(f32x4.mul(minusLogP, f32x4.splat(-rest))));
}

/**
 * Σ p^gamma · softplus of one block, with a logarithm an element. The power multiplies an error of exp by
 * gamma + 1, so here it is the exact one.
 */
// @ts-ignore: decorator
@inline
function modulated(
  start: usize,
  end: usize,
  slopes: usize,
  scale: v128,
  gamma: f64,
  backward: bool,
): v128 {
  const one = v128.load(ONE);
  const half = f32x4.splat(0.5);
  let total = f64x2.splat(0);
  for (let at = start; at < end; at += 16) {
    const x = loadUpTo(at, end);
    const magnitude = abs4(x);
    const e = expExact4(f32x4.neg(magnitude));
    const numerator = v128.bitselect(e, one, i32x4.shr_s(x, 31));
    const p = f32x4.div(numerator, f32x4.add(one, e));
    const log1p = log1p4(e);
    const loss = f32x4.add(f32x4.mul(f32x4.add(magnitude, x), half), log1p);
    const minusLogP = f32x4.add(f32x4.mul(f32x4.sub(magnitude, x), half), log1p);
    const factor = power(p, minusLogP, gamma);
    total = f64x2.add(total, widen(f32x4.mul(factor, loss)));
    if (backward) {
      // ∂(p^γ·softplus) = p^γ·(γ(1 − p)·softplus + p)
      const rise = f32x4.mul(f32x4.splat(<f32>gamma), f32x4.sub(one, p));
      const slope = f32x4.add(f32x4.mul(rise, loss), p);
      v128.store(at + slopes, f32x4.mul(f32x4.mul(factor, slope), scale));
    }
  }
  return total;
}

/** Bytes that are brought into the first-level cache at a time. */
const FETCH: usize = 4096;
const CACHE_LINE: usize = 64;

/**
 * Touches what is read next, so that its cache misses overlap: between so much arithmetic they would come one by
 * one where the processor does not look ahead.
 */
// @ts-ignore: decorator
@inline
function fetch(at: usize, end: usize): usize {
  for (; at < end; at += CACHE_LINE) load<u8>(at);
  return end;
}

/** A copy of a block with neutral logits in place of those that must not count; gives the list's rest. */
function neutralise(at: usize, end: usize, scratch: usize, origin: usize, neutrals: usize, last: usize): usize {
  memory.copy(scratch, at, end - at);
  while (neutrals < last) {
    const logit = origin + (<usize>load<i32>(neutrals) << 2);
    if (logit >= end) break;
    store<f32>(scratch + (logit - at), load<f32>(NEUTRAL));
    neutrals += 4;
  }
  return neutrals;
}

/** Softplus of a block: its sum alone. */
class Sum {
  // @ts-ignore: decorator
  @inline
  block(start: usize, end: usize, slopes: usize, scale: v128, _gamma: f64, _backward: bool): v128 {
    return softplus(start, end, slopes, scale, false);
  }
}

/** Sum and gradient. */
class SumAndGradient {
  // @ts-ignore: decorator
  @inline
  block(start: usize, end: usize, slopes: usize, scale: v128, _gamma: f64, _backward: bool): v128 {
    return softplus(start, end, slopes, scale, true);
  }
}

/** p^gamma · softplus, with its gradient or without. */
class Modulated {
  // @ts-ignore: decorator
  @inline
  block(start: usize, end: usize, slopes: usize, scale: v128, gamma: f64, backward: bool): v128 {
    return modulated(start, end, slopes, scale, gamma, backward);
  }
}

/**
 * `T` is one of these classes, which have no state. Each makes a function of its own: inlined into arms of a branch, the
 * loops would be folded into one that asks again at every vector.
 */
function pass<T>(
  logits: usize,
  out: usize,
  rows: i32,
  lead: i32,
  width: i32,
  neutrals: usize,
  neutralCount: i32,
  scratch: usize,
  gamma: f64,
  scale: f32,
): f64 {
  const loss = changetype<T>(0);
  const backward = out != 0;
  const scales = f32x4.splat(scale);
  const slopes = out - logits;
  const last = neutrals + (<usize>neutralCount << 2);
  let total = f64x2.splat(0);
  let at = logits;
  let fetched = logits;
  for (let row = 0; row < rows; row++) {
    if (backward) zero(at + slopes, lead);
    at += <usize>lead << 2;
    const end = at + (<usize>width << 2);
    for (; at < end; at += BLOCK) {
      if (at >= fetched) fetched = fetch(at, min(at + FETCH, end));
      const blockEnd = min(at + BLOCK, end);
      let block = at;
      if (neutrals < last && logits + (<usize>load<i32>(neutrals) << 2) < blockEnd) {
        neutrals = neutralise(at, blockEnd, scratch, logits, neutrals, last);
        block = scratch;
      }
      const stop = block + (blockEnd - at);
      const toSlope = slopes + (at - block);
      total = f64x2.add(total, loss.block(block, stop, toSlope, scales, gamma, backward));
    }
    at = end;
  }
  return sumWide(total);
}

/**
 * Class loss of logits whose target is 0, and its gradient: softplus(x), or, modulated,
 * p^gamma · softplus(x), the background of focal and varifocal loss. NaN and infinity show in the sum.
 *
 * @param logits f32, `rows` runs of `lead` (4·n) floats that are no logits and `width` that are; readable
 *   for 3 floats more
 * @param out f32, as `logits` → scale · gradient, 0 in the leads; writable for 3 floats more; 0: none
 * @param neutrals i32 [n], ascending indices of logits that do not count: neither loss nor gradient
 * @param scratch 528 bytes: a block, and a vector
 * @param zeros f32 → 0, a region that has nothing to do with the rest
 * @returns the sum, in float64
 * Sources: Lin et al., arXiv:1708.02002; Zhang et al., arXiv:2008.13367.
 */
export function background(
  logits: usize,
  out: usize,
  rows: i32,
  lead: i32,
  width: i32,
  neutrals: usize,
  neutralCount: i32,
  scratch: usize,
  gamma: f64,
  scale: f32,
  isModulated: bool,
  zeros: usize,
  zeroCount: i32,
): f64 {
  memory.fill(zeros, 0, <usize>zeroCount << 2);
  if (isModulated) {
    return pass<Modulated>(logits, out, rows, lead, width, neutrals, neutralCount, scratch, gamma, scale);
  }
  if (out) {
    return pass<SumAndGradient>(logits, out, rows, lead, width, neutrals, neutralCount, scratch, gamma, scale);
  }
  return pass<Sum>(logits, out, rows, lead, width, neutrals, neutralCount, scratch, gamma, scale);
}
