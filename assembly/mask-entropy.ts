import { abs4, expExact4, firstLanes, log1p4, madd4, ONE } from './lib/f32x4';
import { sumWide, widen } from './lib/f64x2';

const SIGNS: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16);
/** Bytes of vectors whose Π(1 + e) share one logarithm: e ≤ 1, so that the product stays below 2^64. */
const BLOCK: usize = 64 * 16;

/**
 * Σ BCE of one row of one positive; replaces the logits by their gradients, and by 0 past the row's end.
 *
 * With y the logit, its sign turned where the mask is set: BCE = softplus(y), its gradient ±sigmoid(y). Many pixels
 * share one logarithm, see `background`.
 */
export function entropy(row: usize, mask: usize, pixels: i32, label: v128, weight: v128): f64 {
  const one = v128.load(ONE);
  const signs = v128.load(SIGNS);
  const end = row + (<usize>pixels << 2);
  const toMask = mask - row;
  let total = f64x2.splat(0);
  for (let start = row; start < end; start += BLOCK) {
    const stop = min(start + BLOCK, end);
    let product = f32x4.splat(0);
    let twiceLinear = f32x4.splat(0);
    for (let at = start; at < stop; at += 16) {
      const inside = firstLanes(min(<i32>((end - at) >> 2), 4));
      const turned = v128.and(f32x4.eq(v128.load(at + toMask), label), signs);
      const y = v128.and(v128.xor(v128.load(at), turned), inside);
      const magnitude = abs4(y);
      const e = v128.and(expExact4(f32x4.neg(magnitude)), inside);
      const u = f32x4.add(one, e);
      // −0 counts as negative: e is 1 for both.
      const numerator = v128.bitselect(e, v128.and(one, inside), i32x4.shr_s(y, 31));
      const gradient = f32x4.mul(f32x4.div(numerator, u), weight);
      v128.store(at, v128.xor(gradient, turned));
      product = madd4(product, u, e);
      // (|y| + y) / 2 is max(y, 0), but NaN for −∞, as y · 0 is in PyTorch.
      twiceLinear = f32x4.add(twiceLinear, f32x4.add(magnitude, y));
    }
    total = f64x2.add(total, widen(log1p4(product)));
    total = f64x2.add(total, f64x2.mul(widen(twiceLinear), f64x2.splat(0.5)));
  }
  return sumWide(total);
}
