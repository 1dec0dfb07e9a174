import { loadWide, storeNarrow, sumWide } from '../lib/f64x2';
import { complementOf, exponentialOf, inverseOf, sigmoidOf } from '../lib/logistic';

/** Parameters of `diceSums`. */
@unmanaged
export class DiceSumsParams {
  /** f32 [rows, length], logits, readable for one float more. */
  input: usize;
  /** f32 [rows, length], readable for one float more; constant for the gradient. */
  target: usize;
  rows: i32;
  length: i32;
  /** f64 [rows, 2], two sums per row. */
  sums: usize;
}

/** Parameters of `diceGrad`; `sums` are a row's numerator and denominator. */
@unmanaged
export class DiceGradParams extends DiceSumsParams {
  /** f32 [rows, length] → scale · gradient. */
  grad: usize;
  scale: f64;
}

/** Sets the second lane to 0 if element i is the last of a row. */
// @ts-ignore: decorator
@inline
function withinRow(lanes: v128, i: i32, length: i32): v128 {
  return i + 1 < length ? lanes : f64x2.replace_lane(lanes, 1, 0);
}

/**
 * Writes to `sums` the two sums that the Dice loss of a row consists of: Σ p(1 − t) + t(1 − p), in which nothing cancels where
 * the masks agree, and Σ p + t, with p = sigmoid(x).
 */
export function diceSums(p: DiceSumsParams): void {
  const input = p.input;
  const target = p.target;
  const rows = p.rows;
  const length = p.length;
  const sums = p.sums;
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
 * Gradient of the Dice loss (Σ p(1 − t) + t(1 − p)) / (Σ p + Σ t + smooth) of every row.
 *
 * Source: Milletari et al., arXiv:1606.04797, with Σ p and Σ t in place of the sums of squares.
 */
export function diceGrad(p: DiceGradParams): void {
  const input = p.input;
  const target = p.target;
  const grad = p.grad;
  const rows = p.rows;
  const length = p.length;
  const sums = p.sums;
  const scale = p.scale;
  const one = f64x2.splat(1);
  for (let row = 0; row < rows; row++) {
    const size = load<f64>(sums + (<usize>row << 4), 8);
    const value = f64x2.splat(load<f64>(sums + (<usize>row << 4)) / size);
    const factor = f64x2.splat(scale / size);
    for (let i = 0; i < length; i += 2) {
      const at = (<usize>row * <usize>length + <usize>i) << 2;
      const x = loadWide(input + at);
      const t = loadWide(target + at);
      const e = exponentialOf(x);
      const inverse = inverseOf(e);
      const variance = f64x2.mul(sigmoidOf(x, e, inverse), complementOf(x, e, inverse));
      const byP = f64x2.sub(f64x2.sub(one, f64x2.add(t, t)), value);
      const gradient = f64x2.mul(f64x2.mul(byP, factor), variance);
      if (i + 1 < length) storeNarrow(grad + at, gradient);
      else store<f32>(grad + at, <f32>f64x2.extract_lane(gradient, 0));
    }
  }
}
