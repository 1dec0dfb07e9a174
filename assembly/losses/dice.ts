import { loadWide, storeNarrow, sumWide } from '../lib/f64x2';
import { complementOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';

/** Lanes of elements i and i + 1 of a row; what is behind its end is 0. */
// @ts-ignore: decorator
@inline
function withinRow(lanes: v128, i: i32, length: i32): v128 {
  return i + 1 < length ? lanes : f64x2.replace_lane(lanes, 1, 0);
}

/**
 * What Dice loss is made of: of every row Σ p(1 − t) + t(1 − p), where nothing cancels if masks agree, and Σ p + t,
 * p = sigmoid(x).
 *
 * @param input target f32 [rows, length], readable for a float more
 * @param sums f64 [rows, 2] → the two sums
 */
export function diceSums(input: usize, target: usize, rows: i32, length: i32, sums: usize): void {
  const one = f64x2.splat(1);
  for (let row = 0; row < rows; row++) {
    let difference = f64x2.splat(0);
    let size = f64x2.splat(0);
    for (let i = 0; i < length; i += 2) {
      const at = (<usize>row * <usize>length + <usize>i) << 2;
      const x = loadWide(input + at);
      const t = loadWide(target + at);
      const e = exponentialOf(x);
      const inverse = inverseOf(e);
      const p = sigmoidOf(x, e, inverse);
      const falsePositive = f64x2.mul(p, f64x2.sub(one, t));
      const falseNegative = f64x2.mul(t, complementOf(x, e, inverse));
      const apart = f64x2.add(falsePositive, falseNegative);
      difference = f64x2.add(difference, withinRow(apart, i, length));
      size = f64x2.add(size, withinRow(f64x2.add(p, t), i, length));
    }
    store<f64>(sums + (<usize>row << 4), sumWide(difference));
    store<f64>(sums + (<usize>row << 4), sumWide(size), 8);
  }
}

/**
 * Gradient of Dice loss (Σ p(1 − t) + t(1 − p)) / (Σ p + Σ t + smooth) of every row.
 *
 * @param input target f32 [rows, length], readable for a float more
 * @param grad f32 [rows, length] → scale · gradient
 * @param totals f64 [rows, 2], a row's numerator and denominator
 * Source: Milletari et al., arXiv:1606.04797, with Σ p and Σ t in place of the sums of squares.
 */
export function diceSlopes(
  input: usize,
  target: usize,
  grad: usize,
  rows: i32,
  length: i32,
  totals: usize,
  scale: f64,
): void {
  const one = f64x2.splat(1);
  for (let row = 0; row < rows; row++) {
    const size = load<f64>(totals + (<usize>row << 4), 8);
    const value = f64x2.splat(load<f64>(totals + (<usize>row << 4)) / size);
    const factor = f64x2.splat(scale / size);
    for (let i = 0; i < length; i += 2) {
      const at = (<usize>row * <usize>length + <usize>i) << 2;
      const x = loadWide(input + at);
      const t = loadWide(target + at);
      const e = exponentialOf(x);
      const inverse = inverseOf(e);
      const variance = f64x2.mul(sigmoidOf(x, e, inverse), complementOf(x, e, inverse));
      const byP = f64x2.sub(f64x2.sub(one, f64x2.add(t, t)), value);
      const slope = f64x2.mul(f64x2.mul(byP, factor), variance);
      if (i + 1 < length) storeNarrow(grad + at, slope);
      else store<f32>(grad + at, <f32>f64x2.extract_lane(slope, 0));
    }
  }
}
