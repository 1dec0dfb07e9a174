// Products of the two small matrices that masks are made of, coefficients and prototypes: blocks of 4 × 8 values
// stay in registers.

import { firstLanes, madd4 } from './lib/f32x4';
import { sumWide, widen } from './lib/f64x2';

/**
 * A row of logits of four positives: Σ over m of coefficient · prototype.
 *
 * @param coefficients f32 [M, coefficientPitch/4]
 * @param bytes of the row, in whole vectors
 */
export function logitRows(
  prototypes: usize,
  channelPitch: usize,
  channels: i32,
  coefficients: usize,
  coefficientPitch: usize,
  out: usize,
  positivePitch: usize,
  bytes: usize,
): void {
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
  if (at == bytes) return;
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

/** Stores the first lanes and touches nothing behind them, which is another thread's. */
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

/** Adds to a row of four prototypes' gradients Σ over positives of coefficient · slope. */
export function addToFour(
  gradients: usize,
  channelPitch: usize,
  coefficients: usize,
  coefficientPitch: usize,
  slopes: usize,
  positivePitch: usize,
  count: i32,
  pixels: i32,
): void {
  let x = 0;
  for (; x + 8 <= pixels; x += 8) {
    const g0 = gradients + (<usize>x << 2);
    const g1 = g0 + channelPitch;
    const g2 = g1 + channelPitch;
    const g3 = g2 + channelPitch;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let slope = slopes + (<usize>x << 2);
    let coefficient = coefficients;
    for (let j = 0; j < count; j++) {
      const s0 = v128.load(slope);
      const s1 = v128.load(slope, 16);
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
      slope += positivePitch;
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
  if (x == pixels) return;
  for (let m: usize = 0; m < 4; m++) {
    addToOne(gradients + m * channelPitch, coefficients + m * coefficientPitch, slopes, positivePitch, count, x, pixels);
  }
}

/** The same of one prototype, from pixel x on. */
export function addToOne(
  gradients: usize,
  coefficients: usize,
  slopes: usize,
  positivePitch: usize,
  count: i32,
  x: i32,
  pixels: i32,
): void {
  for (; x < pixels; x += 4) {
    const at = gradients + (<usize>x << 2);
    let sum = f32x4.splat(0);
    let slope = slopes + (<usize>x << 2);
    for (let j = 0; j < count; j++) {
      sum = madd4(v128.load32_splat(coefficients + (<usize>j << 2)), v128.load(slope), sum);
      slope += positivePitch;
    }
    storeAlone(at, f32x4.add(v128.load(at), sum), pixels - x);
  }
}

/**
 * Gradients by four positives' coefficients for two prototypes: Σ over the crop's rows of slope · prototype.
 *
 * @param second bytes to the second prototype; 0: there is one
 * @param out f64 [2, `outPitch`/8] → four values a prototype
 */
export function byFourCoefficients(
  prototypes: usize,
  rowPitch: usize,
  second: usize,
  slopes: usize,
  slopePitch: usize,
  positivePitch: usize,
  rows: i32,
  pixels: i32,
  out: usize,
  outPitch: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const inside = firstLanes(((pixels - 1) & 3) + 1);
  const last = slopePitch - 16;
  for (let y = 0; y < rows; y++) {
    for (let at: usize = 0; at <= last; at += 16) {
      let p0 = v128.load(prototypes + at);
      let p1 = v128.load(prototypes + at + second);
      if (at == last) {
        // 0 · NaN behind the crop would show.
        p0 = v128.and(p0, inside);
        p1 = v128.and(p1, inside);
      }
      let slope = slopes + at;
      const a = v128.load(slope);
      a0 = madd4(a, p0, a0);
      a1 = madd4(a, p1, a1);
      slope += positivePitch;
      const b = v128.load(slope);
      b0 = madd4(b, p0, b0);
      b1 = madd4(b, p1, b1);
      slope += positivePitch;
      const c = v128.load(slope);
      c0 = madd4(c, p0, c0);
      c1 = madd4(c, p1, c1);
      slope += positivePitch;
      const d = v128.load(slope);
      d0 = madd4(d, p0, d0);
      d1 = madd4(d, p1, d1);
    }
    prototypes += rowPitch;
    slopes += slopePitch;
  }
  store<f64>(out, sumWide(widen(a0)));
  store<f64>(out, sumWide(widen(b0)), 8);
  store<f64>(out, sumWide(widen(c0)), 16);
  store<f64>(out, sumWide(widen(d0)), 24);
  if (!second) return;
  out += outPitch;
  store<f64>(out, sumWide(widen(a1)));
  store<f64>(out, sumWide(widen(b1)), 8);
  store<f64>(out, sumWide(widen(c1)), 16);
  store<f64>(out, sumWide(widen(d1)), 24);
}
