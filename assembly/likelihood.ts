import { FLOW_BYTES, FLOW_HIDDEN_BYTES, FlowParams, logDensity, logDensityGrad, PANEL, PANEL_ROWS } from './flow';
import { softplusWide, sumWide } from './lib/f64x2';
import { exponentialOf, inverseOf, complementOf, sigmoidOf } from './lib/logistic';

/** Parameters of `likelihood`. */
@unmanaged
export class LikelihoodParams extends FlowParams {
  /** A multiple of 8; rows that only fill up have an error of NaN. */
  count: i32;
  /**
   * f64 [count/8, 5, 8]: predicted − true x and y in grid units, logits of both deviations, and weight → where `backward`,
   * gradients with respect to the first four.
   */
  rows: usize;
  backward: bool;
  /** f64 [2] → Σ of the rows that count, and their number. */
  sums: usize;
}

/** Keeps the quotient of an error and its deviation defined. */
const EPS: f64 = 1e-9;
/** Largest error, in deviations. */
const FARTHEST: f64 = 100;
/** log 2, and log 2π. */
const LOG_2: f64 = 0.6931471805599453;
const LOG_2PI: f64 = 1.8378770664093453;

/** Numbers of a row. */
const NUMBERS: usize = 5;
/** Panels beside those of the flow: errors [2], density, its factor, gradients [2]. */
const PANELS: usize = 6;

/** Bytes of memory, and more of them for each hidden number of the flow. */
export const LIKELIHOOD_BYTES: usize = FLOW_BYTES + PANELS * PANEL;
export const LIKELIHOOD_HIDDEN_BYTES: usize = FLOW_HIDDEN_BYTES;

/** Panels behind the flow's: errors, density and its factor; `logDensityGrad` writes gradients behind the factor. */
// @ts-ignore: decorator
@inline
function panelsOf(p: LikelihoodParams): usize {
  return p.memory + FLOW_BYTES + <usize>p.hidden * FLOW_HIDDEN_BYTES;
}

/** Errors in deviations of two rows along an axis, not clamped. */
function errorOf(rows: usize, axis: usize): v128 {
  const logit = v128.load(rows + (2 + axis) * PANEL);
  const e = exponentialOf(logit);
  const sigma = f64x2.add(sigmoidOf(logit, e, inverseOf(e)), f64x2.splat(EPS));
  return f64x2.div(v128.load(rows + axis * PANEL), sigma);
}

function clamped(error: v128): v128 {
  return f64x2.pmin(f64x2.pmax(error, f64x2.splat(-FARTHEST)), f64x2.splat(FARTHEST));
}

/** Mask of rows whose errors are finite. */
function areFinite(rows: usize): v128 {
  const largest = f64x2.add(f64x2.abs(errorOf(rows, 0)), f64x2.abs(errorOf(rows, 1)));
  return f64x2.lt(largest, f64x2.splat(Infinity));
}

/**
 * Σ weight · (Σ over x and y of (2·log σ + log 2 + |e|) − 2·log φ(e)) over rows, and its gradients, in float64.
 *
 * e = (predicted − true) / (σ + 1e-9), clamped to ±100, without gradient beyond; rows whose e is not finite do not count.
 *
 * Source: Li et al., arXiv:2107.11291, eq. 6–8
 */
export function likelihood(p: LikelihoodParams): void {
  const z = panelsOf(p);
  const density = z + 2 * PANEL;
  const factor = density + PANEL;
  const backward = p.backward;
  let total = f64x2.splat(0);
  let number = f64x2.splat(0);
  for (let row = 0; row < p.count; row += PANEL_ROWS) {
    const rows = p.rows + <usize>(row / PANEL_ROWS) * NUMBERS * PANEL;
    for (let at: usize = 0; at < PANEL; at += 16) {
      const counts = areFinite(rows + at);
      v128.store(z + at, v128.and(clamped(errorOf(rows + at, 0)), counts));
      v128.store(z + PANEL + at, v128.and(clamped(errorOf(rows + at, 1)), counts));
      const weight = v128.and(v128.load(rows + 4 * PANEL + at), counts);
      v128.store(factor + at, f64x2.mul(weight, f64x2.splat(-2)));
      number = f64x2.add(number, v128.and(f64x2.splat(1), counts));
    }
    logDensity(p, z, density);
    for (let at: usize = 0; at < PANEL; at += 16) {
      const counts = areFinite(rows + at);
      const weight = v128.load(rows + 4 * PANEL + at);
      const logDensity = f64x2.sub(v128.load(density + at), f64x2.splat(LOG_2PI));
      let value = f64x2.sub(f64x2.splat(2 * LOG_2), f64x2.add(logDensity, logDensity));
      for (let axis: usize = 0; axis < 2; axis++) {
        // log σ = −softplus(−logit)
        const spread = softplusWide(f64x2.neg(v128.load(rows + (2 + axis) * PANEL + at)));
        const error = f64x2.abs(clamped(errorOf(rows + at, axis)));
        value = f64x2.add(value, f64x2.sub(error, f64x2.add(spread, spread)));
      }
      total = f64x2.add(total, v128.and(f64x2.mul(weight, value), counts));
    }
    if (!backward) continue;
    logDensityGrad(p, z, factor);
    for (let at: usize = 0; at < PANEL; at += 16) storeGrads(rows + at, z + at);
  }
  store<f64>(p.sums, sumWide(total));
  store<f64>(p.sums, sumWide(number), 8);
}

/** Replaces the numbers of two rows by gradients. @param byDensity panels of those that go through log φ */
function storeGrads(rows: usize, byDensity: usize): void {
  const counts = areFinite(rows);
  const weight = v128.load(rows + 4 * PANEL);
  for (let axis: usize = 0; axis < 2; axis++) {
    const at = rows + (2 + axis) * PANEL;
    const logit = v128.load(at);
    const e = exponentialOf(logit);
    const inverse = inverseOf(e);
    const sigma = sigmoidOf(logit, e, inverse);
    const rest = complementOf(logit, e, inverse);
    const error = errorOf(rows, axis);
    const isWithin = f64x2.le(f64x2.abs(error), f64x2.splat(FARTHEST));
    const isZero = f64x2.eq(error, f64x2.splat(0));
    const sign = v128.andnot(v128.or(f64x2.splat(1), v128.and(error, f64x2.splat(-0.0))), isZero);
    const byError = f64x2.add(f64x2.mul(weight, sign), v128.load(byDensity + axis * PANEL));
    const slope = v128.and(f64x2.div(byError, f64x2.add(sigma, f64x2.splat(EPS))), isWithin);
    const direct = f64x2.mul(f64x2.add(weight, weight), rest);
    const through = v128.and(f64x2.mul(f64x2.mul(slope, error), f64x2.mul(sigma, rest)), isWithin);
    v128.store(rows + axis * PANEL, v128.and(slope, counts));
    v128.store(at, v128.and(f64x2.sub(direct, through), counts));
  }
}
