import { abs4, expExact4, firstLanes, log1p4, madd4, ONE } from './lib/f32x4';
import { sumWide, widen } from './lib/f64x2';
import { MaskGroup, MasksParams } from './mask-params';
import { addToFour, addToOne, byFourCoefficients, logitRow } from './mask-products';

const SIGNS: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16);
/** Bytes of vectors whose Π(1 + e) share one logarithm: e ≤ 1, so that the product stays below 2^64. */
const BLOCK: usize = 64 * 16;

/**
 * Σ BCE of one row of one positive; replaces the logits by their gradients, and by 0 past the row's end.
 *
 * With y the logit, its sign turned where the mask is set: BCE = softplus(y), its gradient ±sigmoid(y). Many pixels
 * share one logarithm, see `background`.
 */
function entropy(row: usize, mask: usize, pixels: i32, label: v128, weight: v128): f64 {
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

/** Loss of a group in a band; leaves the gradients by its logits in the scratch memory. */
// @ts-ignore: decorator
@inline
function groupLoss(p: MasksParams, group: MaskGroup, prototypes: usize): f64 {
  const pixels = group.width;
  const height = group.height;
  const count = <usize>group.count;
  const positivePitch = group.positivePitch;
  const label = f32x4.splat(group.label);
  const weight = f32x4.splat(group.weight);
  let mask = p.masks + (<usize>group.firstPixel << 2);
  let logits = p.scratch;
  let loss: f64 = 0;
  for (let y = 0; y < height; y++) {
    logitRow(p, group, prototypes, logits);
    for (let j: usize = 0; j < count; j++) {
      loss += entropy(logits + j * positivePitch, mask, pixels, label, weight);
    }
    prototypes += <usize>p.width << 2;
    mask += <usize>group.maskPitch << 2;
    logits += group.rowPitch;
  }
  return loss;
}

/** Adds a group's part to the gradients by prototypes. */
// @ts-ignore: decorator
@inline
function addToGradients(p: MasksParams, group: MaskGroup, gradients: usize): void {
  const channels = p.channels;
  const coefficientPitch = <usize>group.paddedCount << 2;
  const coefficients = p.coefficients + (<usize>group.firstCoefficient << 2);
  for (let m = 0; m < channels; ) {
    const isFour = m + 4 <= channels;
    const gradient = gradients + <usize>m * p.gradientPitch;
    const coefficient = coefficients + <usize>m * coefficientPitch;
    if (isFour) addToFour(p, group, gradient, coefficient);
    else addToOne(p, group, gradient, coefficient);
    m += isFour ? 4 : 1;
  }
}

/** Writes the gradients by a group's coefficients. */
// @ts-ignore: decorator
@inline
function byCoefficients(p: MasksParams, group: MaskGroup, prototypes: usize, out: usize): void {
  const channels = p.channels;
  const paddedCount = <usize>group.paddedCount;
  const positivePitch = group.positivePitch;
  for (let m = 0; m < channels; m += 2) {
    const second = m + 1 < channels ? p.channelPitch : 0;
    for (let j: usize = 0; j < paddedCount; j += 4) {
      byFourCoefficients(p, group, prototypes, second, p.scratch + j * positivePitch, out + (j << 3));
    }
    prototypes += 2 * p.channelPitch;
    out += paddedCount << 4;
  }
}

/**
 * Mask loss of one image's positives in a band of rows, inside their crops, and its gradients: BCE of the logits
 * Σ over m of coefficient · prototype with the target's mask.
 *
 * Source: Bolya et al., arXiv:1904.02689
 */
export function masks(p: MasksParams): void {
  const gradients = p.gradients;
  const rowPitch = <usize>p.width << 2;
  if (gradients) {
    for (let m: usize = 0; m < <usize>p.channels; m++) {
      memory.fill(gradients + m * p.gradientPitch, 0, <usize>p.rows * rowPitch);
    }
  }
  let coefficientGradients = p.coefficientGradients;
  for (let g = 0; g < p.groupCount; g++) {
    const group = changetype<MaskGroup>(p.groups + <usize>g * offsetof<MaskGroup>());
    const corner = <usize>group.top * rowPitch + (<usize>group.left << 2);
    store<f64>(p.losses + (<usize>g << 3), groupLoss(p, group, p.prototypes + corner));
    if (!gradients) continue;
    addToGradients(p, group, gradients + corner);
    byCoefficients(p, group, p.prototypes + corner, coefficientGradients);
    coefficientGradients += <usize>(p.channels * group.paddedCount) << 3;
  }
}
