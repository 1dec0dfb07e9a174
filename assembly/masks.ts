import { abs4, expExact4, firstLanes, log1p4, madd4, ONE } from './lib/f32x4';
import { sumWide, widen } from './lib/f64x2';
import { addToFour, addToOne, byFourCoefficients, logitRows } from './mask-products';

// A group: positives of one target, which share its crop and its mask.

/** Bytes of a group, see `masks`. */
const GROUP_BYTES: usize = 40;

// @ts-ignore: decorator
@inline
function leftOf(group: usize): i32 {
  return load<i32>(group);
}

// @ts-ignore: decorator
@inline
function topOf(group: usize): i32 {
  return load<i32>(group, 4);
}

// @ts-ignore: decorator
@inline
function rightOf(group: usize): i32 {
  return load<i32>(group, 8);
}

// @ts-ignore: decorator
@inline
function bottomOf(group: usize): i32 {
  return load<i32>(group, 12);
}

/** Positives. */
// @ts-ignore: decorator
@inline
function countOf(group: usize): i32 {
  return load<i32>(group, 16);
}

/** Positives with those of no coefficients that make it a multiple of 4. */
// @ts-ignore: decorator
@inline
function evenCountOf(group: usize): i32 {
  return (countOf(group) + 3) & ~3;
}

/** Bytes from pixel to pixel of a row of slopes: whole vectors. */
// @ts-ignore: decorator
@inline
function slopePitchOf(group: usize): usize {
  return <usize>((rightOf(group) - leftOf(group) + 3) & ~3) << 2;
}

/** Bytes from one positive's slopes to the next one's. */
// @ts-ignore: decorator
@inline
function positivePitchOf(group: usize): usize {
  return <usize>(bottomOf(group) - topOf(group)) * slopePitchOf(group);
}

const SIGNS: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16);
/** Vectors whose Π(1 + e) share one logarithm: e ≤ 1, so that it stays below 2^64. */
const BLOCK: usize = 64 * 16;

/**
 * Σ BCE of one row of one positive, and its slopes in place of the logits; 0 past the row's end.
 *
 * With y the logit, its sign turned where the mask is set: BCE = softplus(y), the slope ±sigmoid(y). No
 * logarithm a pixel, see `background`.
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
      const slope = f32x4.mul(f32x4.div(numerator, u), weight);
      v128.store(at, v128.xor(slope, turned));
      product = madd4(product, u, e);
      // (|y| + y) / 2 is max(y, 0), but NaN for −∞, as y · 0 is in PyTorch.
      twiceLinear = f32x4.add(twiceLinear, f32x4.add(magnitude, y));
    }
    total = f64x2.add(total, widen(log1p4(product)));
    total = f64x2.add(total, f64x2.mul(widen(twiceLinear), f64x2.splat(0.5)));
  }
  return sumWide(total);
}

/** Loss of a group in a band, and its slopes: f32 [even count, rows, row of whole vectors]. */
// @ts-ignore: decorator
@inline
function groupLoss(
  group: usize,
  prototypes: usize,
  channelPitch: usize,
  channels: i32,
  rowPitch: usize,
  coefficients: usize,
  masks: usize,
  maskPitch: usize,
  slopes: usize,
): f64 {
  const pixels = rightOf(group) - leftOf(group);
  const slopePitch = slopePitchOf(group);
  const positivePitch = positivePitchOf(group);
  const coefficientPitch = <usize>evenCountOf(group) << 2;
  const label = v128.load32_splat(group, 32);
  const weight = v128.load32_splat(group, 36);
  const rows = bottomOf(group) - topOf(group);
  let loss: f64 = 0;
  for (let y = 0; y < rows; y++) {
    for (let j: usize = 0; j < <usize>evenCountOf(group); j += 4) {
      logitRows(
        prototypes,
        channelPitch,
        channels,
        coefficients + (j << 2),
        coefficientPitch,
        slopes + j * positivePitch,
        positivePitch,
        slopePitch,
      );
    }
    for (let j: usize = 0; j < <usize>countOf(group); j++) {
      loss += entropy(slopes + j * positivePitch, masks, pixels, label, weight);
    }
    prototypes += rowPitch;
    masks += maskPitch;
    slopes += slopePitch;
  }
  return loss;
}

// @ts-ignore: decorator
@inline
function addToGradients(
  group: usize,
  gradients: usize,
  channelPitch: usize,
  channels: i32,
  rowPitch: usize,
  coefficients: usize,
  slopes: usize,
): void {
  const pixels = rightOf(group) - leftOf(group);
  const slopePitch = slopePitchOf(group);
  const positivePitch = positivePitchOf(group);
  const coefficientPitch = <usize>evenCountOf(group) << 2;
  const count = countOf(group);
  for (let m = 0; m < channels; ) {
    const isFour = m + 4 <= channels;
    let gradient = gradients + <usize>m * channelPitch;
    const coefficient = coefficients + <usize>m * coefficientPitch;
    let slope = slopes;
    for (let y = topOf(group); y < bottomOf(group); y++) {
      if (isFour) {
        addToFour(gradient, channelPitch, coefficient, coefficientPitch, slope, positivePitch, count, pixels);
      } else {
        addToOne(gradient, coefficient, slope, positivePitch, count, 0, pixels);
      }
      gradient += rowPitch;
      slope += slopePitch;
    }
    m += isFour ? 4 : 1;
  }
}

// @ts-ignore: decorator
@inline
function byCoefficients(
  group: usize,
  prototypes: usize,
  channelPitch: usize,
  channels: i32,
  rowPitch: usize,
  slopes: usize,
  out: usize,
): void {
  const positivePitch = positivePitchOf(group);
  const outPitch = <usize>evenCountOf(group) << 3;
  for (let m = 0; m < channels; m += 2) {
    for (let j: usize = 0; j < <usize>evenCountOf(group); j += 4) {
      byFourCoefficients(
        prototypes + <usize>m * channelPitch,
        rowPitch,
        m + 1 < channels ? channelPitch : 0,
        slopes + j * positivePitch,
        slopePitchOf(group),
        positivePitch,
        bottomOf(group) - topOf(group),
        rightOf(group) - leftOf(group),
        out + <usize>m * outPitch + (j << 3),
        outPitch,
      );
    }
  }
}

/**
 * Mask loss of one image's positives in a band of rows, inside their crops, and its gradients: BCE of the logits
 * Σ over m of coefficient · prototype with the target's mask.
 *
 * @param prototypes f32 [M, channelPitch/4], M bands of `rows` · `width`; readable for 3 floats more
 * @param gradients f32 [M, gradientPitch/4] → Σ weight · gradient, every pixel of the bands; 0: no gradients
 * @param groups positives of one target each, rows of i32 left, top, right, bottom (their crop in the band, not
 *   empty), count, first of their coefficients, first pixel of their mask and its row length; f32 label and
 *   weight. The weight is that of the gradients alone
 * @param coefficients f32, a group's [M, count], the count with zeros to a multiple of 4
 * @param masks f32, a pixel being inside where it equals the label; readable for 3 floats more
 * @param losses f64 [groups] → Σ BCE
 * @param byCoefficients f64 → weight · gradient, group after group laid out as their coefficients
 * @param scratch f32, the most that a group has of even count · rows · columns in whole vectors
 * Source: Bolya et al., arXiv:1904.02689
 */
export function masks(
  prototypes: usize,
  channelPitch: usize,
  channels: i32,
  width: i32,
  rows: i32,
  groups: usize,
  groupCount: i32,
  coefficients: usize,
  masks: usize,
  gradients: usize,
  gradientPitch: usize,
  losses: usize,
  coefficientGradients: usize,
  scratch: usize,
): void {
  const rowPitch = <usize>width << 2;
  if (gradients) {
    for (let m: usize = 0; m < <usize>channels; m++) {
      memory.fill(gradients + m * gradientPitch, 0, <usize>rows * rowPitch);
    }
  }
  for (let g: usize = 0; g < <usize>groupCount; g++) {
    const group = groups + g * GROUP_BYTES;
    const corner = <usize>topOf(group) * rowPitch + (<usize>leftOf(group) << 2);
    const own = coefficients + (<usize>load<i32>(group, 20) << 2);
    const mask = masks + (<usize>load<i32>(group, 24) << 2);
    const maskPitch = <usize>load<i32>(group, 28) << 2;
    const from = prototypes + corner;
    const loss = groupLoss(group, from, channelPitch, channels, rowPitch, own, mask, maskPitch, scratch);
    store<f64>(losses + (g << 3), loss);
    if (!gradients) continue;
    addToGradients(group, gradients + corner, gradientPitch, channels, rowPitch, own, scratch);
    byCoefficients(group, from, channelPitch, channels, rowPitch, scratch, coefficientGradients);
    coefficientGradients += <usize>(channels * evenCountOf(group)) << 3;
  }
}
