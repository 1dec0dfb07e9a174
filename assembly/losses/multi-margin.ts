import { loadPair, loadWidePair, maxWide, storeNarrowPair, sumWide } from '../lib/f64x2';
import { rowAt, settlePair } from './rows';

/** Parameters of `multiMargin`. */
@unmanaged
export class MultiMarginParams {
  /** f32 [rows, classes]. */
  input: usize;
  /** i32 [rows], classes y. */
  target: usize;
  /** f32 [rows, classes] → scale · gradient. */
  grad: usize;
  /** f32 [rows] → values, or 0 if they are not wanted. */
  values: usize;
  rows: i32;
  classes: i32;
  /** Whether margin violations are squared. */
  isSquared: bool;
  /** f64 [classes], factor of the losses of each target class y. */
  factors: usize;
  margin: f64;
  scale: f64;
}

/**
 * Multiclass hinge loss Σ over j ≠ y of factor · max(0, margin − x[y] + x[j])^p of every row, p 1 or 2. The gradient is 0 where
 * a shortfall is 0.
 *
 * @returns the sum of the values
 * Source: PyTorch, multi_margin_loss.
 */
export function multiMargin(p: MultiMarginParams): f64 {
  const input = p.input;
  const target = p.target;
  const values = p.values;
  const rows = p.rows;
  const classes = p.classes;
  const isSquared = p.isSquared;
  const factors = p.factors;
  const margin = f64x2.splat(p.margin);
  const scale = f64x2.splat(p.scale);
  const zero = f64x2.splat(0);
  const toGrad = p.grad - input;
  let total = zero;
  for (let k = 0; k < rows; k += 2) {
    const last = min(k + 1, rows - 1);
    const x0 = rowAt(input, k, classes, 1, 4);
    const x1 = rowAt(input, last, classes, 1, 4);
    const y0 = <usize>load<i32>(target + (<usize>k << 2));
    const y1 = <usize>load<i32>(target + (<usize>last << 2));
    const own = f64x2(<f64>y0, <f64>y1);
    const factor = loadPair(factors + (y0 << 3), factors + (y1 << 3));
    const scaled = f64x2.mul(factor, scale);
    const lead = loadWidePair(x0 + (y0 << 2), x1 + (y1 << 2));
    let value = zero;
    let ownGradient = zero;
    for (let c = 0; c < classes; c++) {
      const at = <usize>c << 2;
      const difference = f64x2.sub(loadWidePair(x0 + at, x1 + at), lead);
      const shortfall = maxWide(f64x2.add(difference, margin), zero);
      const isOwn = f64x2.eq(own, f64x2.splat(<f64>c));
      const counted = v128.andnot(shortfall, isOwn);
      value = f64x2.add(value, isSquared ? f64x2.mul(counted, counted) : counted);
      const rise = isSquared ? f64x2.add(counted, counted) : f64x2.splat(1);
      const byOther = v128.and(f64x2.mul(rise, scaled), f64x2.gt(counted, zero));
      ownGradient = f64x2.sub(ownGradient, byOther);
      storeNarrowPair(x0 + at + toGrad, x1 + at + toGrad, byOther);
    }
    storeNarrowPair(x0 + (y0 << 2) + toGrad, x1 + (y1 << 2) + toGrad, ownGradient);
    total = f64x2.add(total, settlePair(f64x2.mul(value, factor), values, k, rows));
  }
  return sumWide(total);
}
