import { ClassLossKind } from './generated/kinds';
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

/** Bytes of a block of logits, whose Π(1 + exp x) needs one logarithm. */
const BLOCK: usize = 32 * 16;
/** Bytes of scratch memory that `background` needs: a block, and a vector behind it. */
export const BACKGROUND_SCRATCH_BYTES: usize = BLOCK + 16;

/** Logits whose loss and gradient are next to 0, e^−69; they replace logits that must not count. */
const NEUTRAL: usize = memory.data<f32>([-69, -69, -69, -69], 16);
/** The largest |x| whose exponential is taken without bounds. */
const WITHIN: usize = memory.data<f32>([69, 69, 69, 69], 16);
/** A product that is not below this one may have overflowed. */
const PRODUCT_MAX: usize = memory.data<f32>([1e36, 1e36, 1e36, 1e36], 16);

/** Parameters of `background`. */
@unmanaged
export class BackgroundParams {
  /** f32, `rows` runs of `lead` floats that are not logits, then `width` logits; readable for 3 floats more. */
  logits: usize;
  /** f32, laid out as `logits` → scale · gradient, and 0 in the leads; writable for 3 floats more; 0: no gradient. */
  grad: usize;
  rows: i32;
  /** A multiple of 4. */
  lead: i32;
  width: i32;
  /** f32 [rows], factors of each row's loss; 0: none. */
  rowWeights: usize;
  /** f32 [width], factors of the loss of each of a row's logits, and 3 zeros behind them; 0: none. */
  weights: usize;
  /** i32 [neutralCount], ascending indices of logits that have neither loss nor gradient. */
  neutrals: usize;
  neutralCount: i32;
  /** BACKGROUND_SCRATCH_BYTES bytes. */
  scratch: usize;
  /** Focal and varifocal loss multiply by p^gamma; BCE does not use it. */
  kind: ClassLossKind;
  gamma: f64;
  scale: f32;
  /** f32 [zeroCount] → 0, a region that is independent of the others. */
  zeros: usize;
  zeroCount: i32;
}

/** Loads four lanes; those from `end` on are neutral. */
// @ts-ignore: decorator
@inline
function loadUpTo(at: usize, end: usize): v128 {
  const x = v128.load(at);
  if (at + 16 <= end) return x;
  return v128.bitselect(x, v128.load(NEUTRAL), firstLanes(<i32>(end - at) >> 2));
}

/** Sets `count` floats to 0, and up to 3 more: a multiple of 4. */
// @ts-ignore: decorator
@inline
function zero(pointer: usize, count: i32): void {
  const end = pointer + (<usize>count << 2);
  for (; pointer < end; pointer += 16) v128.store(pointer, f32x4.splat(0));
}

/**
 * Σ softplus of one block of any logits, by its definition max(x, 0) + log(1 + exp(−|x|)). (|x| + x)/2 is max(x, 0), but
 * NaN for −∞, as x · 0 is in PyTorch.
 */
function anySoftplus(start: usize, end: usize, toGrad: usize, scale: v128, backward: bool): v128 {
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
    v128.store(at + toGrad, f32x4.mul(v128.bitselect(p, x, f32x4.eq(x, x)), scale));
  }
  return f64x2.add(widen(log1p4(product)), f64x2.mul(widen(twiceLinear), f64x2.splat(0.5)));
}

/**
 * Σ softplus of one block, as log Π(1 + exp x): q ← q·(1 + e) + e is Π(1 + e) − 1 without losing a small e, and takes
 * no logarithm per element. A block with a logit far from 0 starts over in `anySoftplus`. Constants and sums fill the
 * registers: with another sum, one of them would live on the stack.
 *
 * @param toGrad bytes from a logit to its gradient
 */
// @ts-ignore: decorator
@inline
function softplus(start: usize, end: usize, toGrad: usize, scale: v128, backward: bool): v128 {
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
    if (backward) v128.store(at + toGrad, f32x4.mul(f32x4.div(e, u), scale));
    product = madd4(product, u, e);
  }
  const bounded = f32x4.lt(product, v128.load(PRODUCT_MAX));
  // Compared as integers without signs, infinity and NaN are above all other numbers.
  const within = i32x4.le_u(highest, i32x4.shl(v128.load(WITHIN), 1));
  if (i32x4.all_true(v128.and(bounded, within))) return widen(log1p4(product));
  return anySoftplus(start, end, toGrad, scale, backward);
}

/** Power beyond which no factor is multiplied out: p^gamma is almost 0 except close to p = 1. */
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
 * Σ p^gamma · softplus of one block, with one logarithm per element. The power multiplies the error of exp by gamma + 1, so
 * this one uses the exact exp.
 *
 * @param weights f32, factors of the elements; where one is 0 there is no loss, whatever the logit; 0: none
 */
// @ts-ignore: decorator
@inline
function modulated(
  start: usize,
  end: usize,
  toGrad: usize,
  scale: v128,
  gamma: f64,
  weights: usize,
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
    let factor = power(p, minusLogP, gamma);
    let absent = i32x4.splat(0);
    if (weights) {
      const weight = v128.load(weights + (at - start));
      factor = f32x4.mul(factor, weight);
      absent = f32x4.eq(weight, f32x4.splat(0));
    }
    total = f64x2.add(total, widen(v128.andnot(f32x4.mul(factor, loss), absent)));
    if (backward) {
      // ∂(p^γ·softplus) = p^γ·(γ(1 − p)·softplus + p)
      const rise = f32x4.mul(f32x4.splat(<f32>gamma), f32x4.sub(one, p));
      const grad = f32x4.add(f32x4.mul(rise, loss), p);
      v128.store(at + toGrad, v128.andnot(f32x4.mul(f32x4.mul(factor, grad), scale), absent));
    }
  }
  return total;
}

/** Bytes that `fetch` loads into the first-level cache at a time. */
const FETCH: usize = 4096;
const CACHE_LINE: usize = 64;

/**
 * Touches the memory that is read next, so that its cache misses overlap even on a processor that does not look ahead
 * past so much arithmetic.
 */
// @ts-ignore: decorator
@inline
function fetch(at: usize, end: usize): usize {
  for (; at < end; at += CACHE_LINE) load<u8>(at);
  return end;
}

/** Copies a block to the scratch memory, with neutral logits in the places listed; returns the rest of the list. */
function neutralise(p: BackgroundParams, at: usize, end: usize, neutrals: usize): usize {
  const scratch = p.scratch;
  const last = p.neutrals + (<usize>p.neutralCount << 2);
  memory.copy(scratch, at, end - at);
  while (neutrals < last) {
    const logit = p.logits + (<usize>load<i32>(neutrals) << 2);
    if (logit >= end) break;
    store<f32>(scratch + (logit - at), load<f32>(NEUTRAL));
    neutrals += 4;
  }
  return neutrals;
}

/** Loss and gradient of all rows; the flags are constants, see `background`. */
// @ts-ignore: decorator
@inline
function pass(p: BackgroundParams, isModulated: bool, backward: bool): f64 {
  const logits = p.logits;
  const lead = p.lead;
  const bytes = <usize>p.width << 2;
  const rows = p.rows;
  const gamma: f64 = p.kind == ClassLossKind.BCE ? 0 : p.gamma;
  let scale = f32x4.splat(p.scale);
  let rowWeight = f64x2.splat(1);
  const toGrad = p.grad - logits;
  let neutrals = p.neutrals;
  const last = neutrals + (<usize>p.neutralCount << 2);
  let total = f64x2.splat(0);
  let at = logits;
  let fetched = logits;
  for (let row = 0; row < rows; row++) {
    if (backward) zero(at + toGrad, lead);
    at += <usize>lead << 2;
    const end = at + bytes;
    if (p.rowWeights) {
      const weight = load<f32>(p.rowWeights + (<usize>row << 2));
      if (weight == 0) {
        if (backward) zero(at + toGrad, p.width);
        while (neutrals < last && logits + (<usize>load<i32>(neutrals) << 2) < end) neutrals += 4;
        at = end;
        continue;
      }
      rowWeight = f64x2.splat(weight);
      scale = f32x4.splat(weight * p.scale);
    }
    for (; at < end; at += BLOCK) {
      if (at >= fetched) fetched = fetch(at, min(at + FETCH, end));
      const blockEnd = min(at + BLOCK, end);
      let block = at;
      if (neutrals < last && logits + (<usize>load<i32>(neutrals) << 2) < blockEnd) {
        neutrals = neutralise(p, at, blockEnd, neutrals);
        block = p.scratch;
      }
      const stop = block + (blockEnd - at);
      const blockToGrad = toGrad + (at - block);
      const sum = isModulated
        ? modulated(block, stop, blockToGrad, scale, gamma, p.weights ? p.weights + (at + bytes - end) : 0, backward)
        : softplus(block, stop, blockToGrad, scale, backward);
      total = f64x2.add(total, f64x2.mul(sum, rowWeight));
    }
    at = end;
  }
  return sumWide(total);
}

function sum(p: BackgroundParams): f64 {
  return pass(p, false, false);
}

function sumAndGradient(p: BackgroundParams): f64 {
  return pass(p, false, true);
}

function modulatedSum(p: BackgroundParams): f64 {
  return pass(p, true, p.grad != 0);
}

/**
 * Class loss of logits whose target is 0, and its gradient: softplus(x) for BCE, p^gamma · softplus(x) for focal and
 * varifocal loss. NaN and infinity show in the sum.
 *
 * @returns the sum, in float64
 * Sources: Lin et al., arXiv:1708.02002; Zhang et al., arXiv:2008.13367.
 */
export function background(p: BackgroundParams): f64 {
  memory.fill(p.zeros, 0, <usize>p.zeroCount << 2);
  // One function per case: the compiler would fold the loops of one function into a loop that tests flags at every vector.
  if (p.kind != ClassLossKind.BCE || p.weights) return modulatedSum(p);
  return p.grad ? sumAndGradient(p) : sum(p);
}
