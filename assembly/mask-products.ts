// Products of the two small matrices, coefficients and prototypes, that masks are made of: blocks of 4 × 8 values stay in
// registers. `byLogits` are the gradients by the logits of a group: f32 [paddedCount, height, whole vectors].

import { firstLanes, madd4 } from './lib/f32x4';
import { sumWide, widen } from './lib/f64x2';
import { MaskGroup, MasksParams } from './mask-params';

/** Computes a row of logits of a group's positives: Σ over m of coefficient · prototype. */
export function logitRow(p: MasksParams, group: MaskGroup, prototypes: usize, row: usize): void {
  const channels = p.channels;
  const channelPitch = p.channelPitch;
  const paddedCount = <usize>group.paddedCount;
  const coefficientPitch = paddedCount << 2;
  const positivePitch = group.positivePitch;
  const bytes = group.rowPitch;
  for (let j: usize = 0; j < paddedCount; j += 4) {
    const out = row + j * positivePitch;
    const coefficients = p.coefficients + ((<usize>group.firstCoefficient + j) << 2);
    let at: usize = 0;
    for (; at + 32 <= bytes; at += 32) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      let prototype = prototypes + at;
      let coefficient = coefficients;
      for (let m = 0; m < channels; m++) {
        const p0 = v128.load(prototype);
        const p1 = v128.load(prototype, 16);
        const a = v128.load32_splat(coefficient);
        a0 = madd4(a, p0, a0);
        a1 = madd4(a, p1, a1);
        const b = v128.load32_splat(coefficient, 4);
        b0 = madd4(b, p0, b0);
        b1 = madd4(b, p1, b1);
        const c = v128.load32_splat(coefficient, 8);
        c0 = madd4(c, p0, c0);
        c1 = madd4(c, p1, c1);
        const d = v128.load32_splat(coefficient, 12);
        d0 = madd4(d, p0, d0);
        d1 = madd4(d, p1, d1);
        prototype += channelPitch;
        coefficient += coefficientPitch;
      }
      let to = out + at;
      v128.store(to, a0);
      v128.store(to, a1, 16);
      to += positivePitch;
      v128.store(to, b0);
      v128.store(to, b1, 16);
      to += positivePitch;
      v128.store(to, c0);
      v128.store(to, c1, 16);
      to += positivePitch;
      v128.store(to, d0);
      v128.store(to, d1, 16);
    }
    if (at == bytes) continue;
    let a0 = f32x4.splat(0);
    let b0 = a0;
    let c0 = a0;
    let d0 = a0;
    let prototype = prototypes + at;
    let coefficient = coefficients;
    for (let m = 0; m < channels; m++) {
      const p0 = v128.load(prototype);
      a0 = madd4(v128.load32_splat(coefficient), p0, a0);
      b0 = madd4(v128.load32_splat(coefficient, 4), p0, b0);
      c0 = madd4(v128.load32_splat(coefficient, 8), p0, c0);
      d0 = madd4(v128.load32_splat(coefficient, 12), p0, d0);
      prototype += channelPitch;
      coefficient += coefficientPitch;
    }
    const to = out + at;
    v128.store(to, a0);
    v128.store(to + positivePitch, b0);
    v128.store(to + 2 * positivePitch, c0);
    v128.store(to + 3 * positivePitch, d0);
  }
}

/** Stores the first `count` lanes; the memory behind them belongs to another thread. */
// @ts-ignore: decorator
@inline
function storeAlone(pointer: usize, lanes: v128, count: i32): void {
  if (count >= 4) {
    v128.store(pointer, lanes);
    return;
  }
  v128.store32_lane(pointer, lanes, 0);
  if (count > 1) v128.store32_lane(pointer, lanes, 1, 4);
  if (count > 2) v128.store32_lane(pointer, lanes, 2, 8);
}

/** Adds Σ over positives of coefficient · gradient by logit to a row of a prototype's gradients, from pixel x on. */
// @ts-ignore: decorator
@inline
function addToRow(
  row: usize,
  coefficients: usize,
  byLogits: usize,
  positivePitch: usize,
  count: i32,
  x: i32,
  pixels: i32,
): void {
  for (; x < pixels; x += 4) {
    const at = row + (<usize>x << 2);
    let sum = f32x4.splat(0);
    let byLogit = byLogits + (<usize>x << 2);
    for (let j = 0; j < count; j++) {
      sum = madd4(v128.load32_splat(coefficients + (<usize>j << 2)), v128.load(byLogit), sum);
      byLogit += positivePitch;
    }
    storeAlone(at, f32x4.add(v128.load(at), sum), pixels - x);
  }
}

/** Adds to the gradients of one prototype inside the crop. */
export function addToOne(p: MasksParams, group: MaskGroup, gradients: usize, coefficients: usize): void {
  const positivePitch = group.positivePitch;
  const count = group.count;
  const height = group.height;
  const pixels = group.width;
  let byLogits = p.scratch;
  for (let y = 0; y < height; y++) {
    addToRow(gradients, coefficients, byLogits, positivePitch, count, 0, pixels);
    byLogits += group.rowPitch;
    gradients += <usize>p.width << 2;
  }
}

/** Adds to the gradients of four prototypes inside the crop. */
export function addToFour(p: MasksParams, group: MaskGroup, gradients: usize, coefficients: usize): void {
  const gradientPitch = p.gradientPitch;
  const coefficientPitch = <usize>group.paddedCount << 2;
  const positivePitch = group.positivePitch;
  const count = group.count;
  const height = group.height;
  const pixels = group.width;
  let byLogits = p.scratch;
  for (let y = 0; y < height; y++) {
    let x = 0;
    for (; x + 8 <= pixels; x += 8) {
      const g0 = gradients + (<usize>x << 2);
      const g1 = g0 + gradientPitch;
      const g2 = g1 + gradientPitch;
      const g3 = g2 + gradientPitch;
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      let byLogit = byLogits + (<usize>x << 2);
      let coefficient = coefficients;
      for (let j = 0; j < count; j++) {
        const s0 = v128.load(byLogit);
        const s1 = v128.load(byLogit, 16);
        const a = v128.load32_splat(coefficient);
        a0 = madd4(a, s0, a0);
        a1 = madd4(a, s1, a1);
        const b = v128.load32_splat(coefficient + coefficientPitch);
        b0 = madd4(b, s0, b0);
        b1 = madd4(b, s1, b1);
        const c = v128.load32_splat(coefficient + 2 * coefficientPitch);
        c0 = madd4(c, s0, c0);
        c1 = madd4(c, s1, c1);
        const d = v128.load32_splat(coefficient + 3 * coefficientPitch);
        d0 = madd4(d, s0, d0);
        d1 = madd4(d, s1, d1);
        byLogit += positivePitch;
        coefficient += 4;
      }
      v128.store(g0, f32x4.add(v128.load(g0), a0));
      v128.store(g0, f32x4.add(v128.load(g0, 16), a1), 16);
      v128.store(g1, f32x4.add(v128.load(g1), b0));
      v128.store(g1, f32x4.add(v128.load(g1, 16), b1), 16);
      v128.store(g2, f32x4.add(v128.load(g2), c0));
      v128.store(g2, f32x4.add(v128.load(g2, 16), c1), 16);
      v128.store(g3, f32x4.add(v128.load(g3), d0));
      v128.store(g3, f32x4.add(v128.load(g3, 16), d1), 16);
    }
    if (x < pixels) {
      for (let m: usize = 0; m < 4; m++) {
        const row = gradients + m * gradientPitch;
        addToRow(row, coefficients + m * coefficientPitch, byLogits, positivePitch, count, x, pixels);
      }
    }
    byLogits += group.rowPitch;
    gradients += <usize>p.width << 2;
  }
}

/**
 * Gradients by four positives' coefficients for two prototypes: Σ over the crop of gradient by logit · prototype.
 *
 * @param second bytes to the second prototype; 0: there is only one
 * @param byLogits those of the first positive
 * @param out f64 [2, paddedCount] → four values per prototype
 */
export function byFourCoefficients(
  p: MasksParams,
  group: MaskGroup,
  prototypes: usize,
  second: usize,
  byLogits: usize,
  out: usize,
): void {
  const prototypePitch = <usize>p.width << 2;
  const rowPitch = group.rowPitch;
  const positivePitch = group.positivePitch;
  const height = group.height;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const inside = firstLanes(((group.width - 1) & 3) + 1);
  const last = rowPitch - 16;
  for (let y = 0; y < height; y++) {
    for (let at: usize = 0; at <= last; at += 16) {
      let p0 = v128.load(prototypes + at);
      let p1 = v128.load(prototypes + at + second);
      if (at == last) {
        // NaN behind the crop would show, although it is multiplied by 0.
        p0 = v128.and(p0, inside);
        p1 = v128.and(p1, inside);
      }
      let byLogit = byLogits + at;
      const a = v128.load(byLogit);
      a0 = madd4(a, p0, a0);
      a1 = madd4(a, p1, a1);
      byLogit += positivePitch;
      const b = v128.load(byLogit);
      b0 = madd4(b, p0, b0);
      b1 = madd4(b, p1, b1);
      byLogit += positivePitch;
      const c = v128.load(byLogit);
      c0 = madd4(c, p0, c0);
      c1 = madd4(c, p1, c1);
      byLogit += positivePitch;
      const d = v128.load(byLogit);
      d0 = madd4(d, p0, d0);
      d1 = madd4(d, p1, d1);
    }
    prototypes += prototypePitch;
    byLogits += rowPitch;
  }
  store<f64>(out, sumWide(widen(a0)));
  store<f64>(out, sumWide(widen(b0)), 8);
  store<f64>(out, sumWide(widen(c0)), 16);
  store<f64>(out, sumWide(widen(d0)), 24);
  if (!second) return;
  out += <usize>group.paddedCount << 3;
  store<f64>(out, sumWide(widen(a1)));
  store<f64>(out, sumWide(widen(b1)), 8);
  store<f64>(out, sumWide(widen(c1)), 16);
  store<f64>(out, sumWide(widen(d1)), 24);
}
