// Mask loss where masks and prototypes differ in size. Resizing is linear, so the sum of the prototypes is resized, a mask's
// logits, in place of all prototypes: one plane a positive.

import { entropy } from './mask-entropy';
import { MaskGroup, MasksParams } from './mask-params';
import { logitRow } from './mask-products';
import { firstTap, secondShare, sourceOf } from './pixels/resize';

/** Bytes of a column's taps: two offsets in bytes from the crop's first logit, and the share of the second. */
const TAPS_BYTES: usize = 16;

/** Writes the taps of the columns of the mask's crop. */
function writeTaps(p: MasksParams, group: MaskGroup, taps: usize): void {
  const width = p.width;
  for (let x = group.maskLeft; x < group.maskRight; x++) {
    const source = sourceOf(x, width, p.maskWidth);
    const first = firstTap(source, width);
    store<i32>(taps, (first - group.left) << 2);
    store<i32>(taps, (min(first + 1, width - 1) - group.left) << 2, 4);
    store<f64>(taps, secondShare(source, first, width), 8);
    taps += TAPS_BYTES;
  }
}

/** Mean of two numbers, of which the second counts `share`. */
// @ts-ignore: decorator
@inline
function mix(first: usize, second: usize, share: f64): f64 {
  return <f64>load<f32>(first) * (1 - share) + <f64>load<f32>(second) * share;
}

/** Resizes two rows of logits to one row of the mask's crop. */
function widen(top: usize, bottom: usize, share: f64, taps: usize, columns: i32, wide: usize): void {
  for (let x = 0; x < columns; x++) {
    const left = <usize>load<i32>(taps);
    const right = <usize>load<i32>(taps, 4);
    const across = load<f64>(taps, 8);
    const above = mix(top + left, top + right, across);
    const below = mix(bottom + left, bottom + right, across);
    store<f32>(wide + (<usize>x << 2), <f32>(above * (1 - share) + below * share));
    taps += TAPS_BYTES;
  }
}

/**
 * As `widen`, but resizes the prototypes before it sums them. With an infinite coefficient the logits may be infinite with
 * either sign, of which the mean is NaN.
 *
 * @param coefficients of one positive, `pitch` bytes apart
 */
function widenPrototypes(
  p: MasksParams,
  coefficients: usize,
  pitch: usize,
  top: usize,
  bottom: usize,
  share: f64,
  taps: usize,
  columns: i32,
  wide: usize,
): void {
  for (let x = 0; x < columns; x++) {
    const left = <usize>load<i32>(taps);
    const right = <usize>load<i32>(taps, 4);
    const across = load<f64>(taps, 8);
    let sum: f64 = 0;
    for (let m: usize = 0; m < <usize>p.channels; m++) {
      const plane = m * p.channelPitch;
      const above = mix(top + plane + left, top + plane + right, across);
      const below = mix(bottom + plane + left, bottom + plane + right, across);
      sum += <f64>load<f32>(coefficients + m * pitch) * (above * (1 - share) + below * share);
    }
    store<f32>(wide + (<usize>x << 2), <f32>sum);
    taps += TAPS_BYTES;
  }
}

/** Whether all coefficients of a group are finite. */
function areFinite(p: MasksParams, group: MaskGroup): bool {
  const start = p.coefficients + (<usize>group.firstCoefficient << 2);
  const end = start + (<usize>(p.channels * group.paddedCount) << 2);
  let zeros = f32x4.splat(0);
  for (let at = start; at < end; at += 16) {
    const four = v128.load(at);
    zeros = f32x4.add(zeros, f32x4.sub(four, four));
  }
  return i32x4.all_true(f32x4.eq(zeros, zeros));
}

// @ts-ignore: decorator
@inline
function addTo(sum: usize, term: f64): void {
  store<f32>(sum, <f32>(<f64>load<f32>(sum) + term));
}

/** Adds the gradient of `widen` to that of both rows. */
function narrow(wide: usize, columns: i32, taps: usize, top: usize, bottom: usize, share: f64): void {
  for (let x = 0; x < columns; x++) {
    const left = <usize>load<i32>(taps);
    const right = <usize>load<i32>(taps, 4);
    const across = load<f64>(taps, 8);
    const gradient = <f64>load<f32>(wide + (<usize>x << 2));
    const above = gradient * (1 - share);
    const below = gradient * share;
    addTo(top + left, above * (1 - across));
    addTo(top + right, above * across);
    addTo(bottom + left, below * (1 - across));
    addTo(bottom + right, below * across);
    taps += TAPS_BYTES;
  }
}

/** Loss of a group in a band; leaves the gradients by its logits, before they are resized, in the scratch memory. */
export function resizedLoss(p: MasksParams, group: MaskGroup, prototypes: usize): f64 {
  const rowPitch = group.rowPitch;
  const positivePitch = group.positivePitch;
  const size = <usize>group.paddedCount * positivePitch;
  const corner = prototypes;
  const prototypePitch = <usize>p.width << 2;
  const coefficients = p.coefficients + (<usize>group.firstCoefficient << 2);
  const coefficientPitch = <usize>group.paddedCount << 2;
  const hasFinite = areFinite(p, group);
  for (let y = 0; y < group.height; y++) {
    logitRow(p, group, prototypes, p.scratch + <usize>y * rowPitch);
    prototypes += prototypePitch;
  }
  const gradients = p.scratch + size;
  memory.fill(gradients, 0, size);
  const columns = group.maskRight - group.maskLeft;
  const wide = gradients + size;
  const taps = wide + (<usize>((columns + 3) & ~3) << 2);
  writeTaps(p, group, taps);
  const label = f32x4.splat(group.label);
  const weight = f32x4.splat(group.weight);
  let loss: f64 = 0;
  for (let j = 0; j < group.count; j++) {
    let mask = p.masks + (<usize>group.firstPixel << 2);
    for (let y = group.maskTop; y < group.maskBottom; y++) {
      const source = sourceOf(y, p.fullHeight, p.maskHeight);
      const first = firstTap(source, p.fullHeight);
      const share = secondShare(source, first, p.fullHeight);
      const row = <usize>(first - p.firstRow - group.top);
      const hasNext = first + 1 < p.fullHeight;
      const top = <usize>j * positivePitch + row * rowPitch;
      const bottom = hasNext ? top + rowPitch : top;
      if (hasFinite) {
        widen(p.scratch + top, p.scratch + bottom, share, taps, columns, wide);
      } else {
        const own = coefficients + (<usize>j << 2);
        const above = corner + row * prototypePitch;
        const below = hasNext ? above + prototypePitch : above;
        widenPrototypes(p, own, coefficientPitch, above, below, share, taps, columns, wide);
      }
      loss += entropy(wide, mask, columns, label, weight);
      narrow(wide, columns, taps, gradients + top, gradients + bottom, share);
      mask += <usize>group.maskPitch << 2;
    }
  }
  memory.copy(p.scratch, gradients, size);
  return loss;
}
