import { loadPair, loadWidePair, maxWide, storeNarrowPair, sumWide } from '../lib/f64x2';
import { settlePair, vectorAt } from './rows';

/**
 * Multiclass hinge loss Σ over j ≠ y of factor · max(0, margin − x[y] + x[j])^p of every row, p 1 or 2; slope 0 where
 * a shortfall is 0.
 *
 * @param input f32 [N, C]
 * @param target i32 [N], classes y
 * @param grad f32 [N, C] → scale · gradient
 * @param values f32 [N] → values; 0: they are not wanted
 * @param factors f64 [C], by y
 * @param parameters f64 [2, 2], each number twice: scale, margin
 * @returns the sum of the values
 * Source: PyTorch, multi_margin_loss.
 */
export function multiMargin(
  input: usize,
  target: usize,
  grad: usize,
  values: usize,
  rows: i32,
  classes: i32,
  isSquared: bool,
  factors: usize,
  parameters: usize,
): f64 {
  const zero = f64x2.splat(0);
  const slopes = grad - input;
  let total = zero;
  for (let k = 0; k < rows; k += 2) {
    const last = min(k + 1, rows - 1);
    const x0 = vectorAt(input, k, classes, 1, 4);
    const x1 = vectorAt(input, last, classes, 1, 4);
    const y0 = <usize>load<i32>(target + (<usize>k << 2));
    const y1 = <usize>load<i32>(target + (<usize>last << 2));
    const own = f64x2(<f64>y0, <f64>y1);
    const factor = loadPair(factors + (y0 << 3), factors + (y1 << 3));
    const scale = f64x2.mul(factor, v128.load(parameters));
    const start = f64x2.sub(v128.load(parameters, 16), loadWidePair(x0 + (y0 << 2), x1 + (y1 << 2)));
    let value = zero;
    let ownSlope = zero;
    for (let c = 0; c < classes; c++) {
      const at = <usize>c << 2;
      const shortfall = maxWide(f64x2.add(start, loadWidePair(x0 + at, x1 + at)), zero);
      const isOwn = f64x2.eq(own, f64x2.splat(<f64>c));
      const counted = v128.andnot(shortfall, isOwn);
      value = f64x2.add(value, isSquared ? f64x2.mul(counted, counted) : counted);
      const slope = isSquared ? f64x2.add(counted, counted) : f64x2.splat(1);
      const byOther = v128.and(f64x2.mul(slope, scale), f64x2.gt(counted, zero));
      ownSlope = f64x2.sub(ownSlope, byOther);
      storeNarrowPair(x0 + at + slopes, x1 + at + slopes, byOther);
    }
    storeNarrowPair(x0 + (y0 << 2) + slopes, x1 + (y1 << 2) + slopes, ownSlope);
    total = f64x2.add(total, settlePair(f64x2.mul(value, factor), values, k, rows));
  }
  return sumWide(total);
}
