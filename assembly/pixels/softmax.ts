import { expExact4, log1p4 } from '../lib/f32x4';
import { sumWide, widen } from '../lib/f64x2';

/** Logits of pixels, which the kernels overwrite. */
@unmanaged
export class PixelsParams {
  /** f32 [classes, pixels], readable and writable up to a multiple of 4 pixels. */
  planes: usize;
  /** Bytes from one class to the next in `planes`, a multiple of 16. */
  pitch: usize;
  /** i32 [pixels], padded with −1 to a multiple of 4: classes, or −1 for a pixel that does not count. */
  labels: usize;
  pixels: i32;
  classes: i32;
}

/** Parameters of `softmaxSums`. */
@unmanaged
export class SoftmaxSumsParams extends PixelsParams {
  /** v128 [classes], overwritten. */
  scratch: usize;
  /** f64 [classes, 4], the four sums of each class. */
  sums: usize;
}

/** Parameters of `softmaxGrad`. */
@unmanaged
export class SoftmaxGradParams extends PixelsParams {
  /**
   * f32 [classes, 3]: factor of the cross-entropy of the class's pixels, and derivatives of Dice loss with respect to the
   * class's probability in its own pixels and in all others.
   */
  factors: usize;
}

/** Bytes of the sums, and of the factors, of a class. */
const SUMS_BYTES: usize = 4 * 8;
const FACTORS_BYTES: usize = 3 * 4;

/** Largest logit of four pixels, over all classes. */
// @ts-ignore: decorator
@inline
function largestOf(first: usize, pitch: usize, classes: i32): v128 {
  let largest = v128.load(first);
  for (let c = 1; c < classes; c++) largest = f32x4.pmax(largest, v128.load(first + <usize>c * pitch));
  return largest;
}

// @ts-ignore: decorator
@inline
function addTo(sum: usize, term: f64): void {
  store<f64>(sum, load<f64>(sum) + term);
}

/** Adds the pixel in one lane to the sums of its class. The label is checked, as it is an address here. */
// @ts-ignore: decorator
@inline
function addPixel(sums: usize, label: i32, classes: i32, rest: f32, entropy: f32): void {
  if (<u32>label >= <u32>classes) return;
  const own = sums + <usize>label * SUMS_BYTES;
  addTo(own + 8, <f64>rest);
  addTo(own + 16, <f64>entropy);
  addTo(own + 24, 1);
}

/** Sets the sums to 0. */
export function clearSums(scratch: usize, sums: usize, classes: i32): void {
  memory.fill(scratch, 0, <usize>classes << 4);
  memory.fill(sums, 0, <usize>classes * SUMS_BYTES);
}

/** Moves the sums of two lanes each from `scratch` to `sums`. */
export function settleSums(scratch: usize, sums: usize, classes: i32): void {
  for (let c = 0; c < classes; c++) {
    store<f64>(sums + <usize>c * SUMS_BYTES, sumWide(v128.load(scratch + (<usize>c << 4))));
  }
}

/**
 * Adds pixels to the sums of every class: Σ p over pixels of other classes (in `scratch`); and over its own pixels
 * Σ 1 − p, Σ −log p, and their number. Each is a sum of what is wrong, in which nothing cancels.
 */
export function addSoftmaxSums(p: PixelsParams, scratch: usize, sums: usize): void {
  const planes = p.planes;
  const pitch = p.pitch;
  const labels = p.labels;
  const classes = p.classes;
  const bytes = <usize>p.pixels << 2;
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < bytes; at += 16) {
    const first = planes + at;
    const label = v128.load(labels + at);
    const largest = largestOf(first, pitch, classes);
    // The sum over the other classes is apart, so that 1 − p keeps its digits for a class that is almost certain
    let others = f32x4.splat(0);
    let own = f32x4.splat(0);
    let logit = f32x4.splat(0);
    for (let c = 0; c < classes; c++) {
      const plane = first + <usize>c * pitch;
      const x = v128.load(plane);
      const e = expExact4(f32x4.sub(x, largest));
      const isOwn = i32x4.eq(label, i32x4.splat(c));
      others = f32x4.add(others, v128.andnot(e, isOwn));
      own = f32x4.add(own, v128.and(e, isOwn));
      logit = v128.or(logit, v128.and(x, isOwn));
      v128.store(plane, e);
    }
    const total = f32x4.add(others, own);
    const inverse = f32x4.div(one, total);
    const rest = f32x4.mul(others, inverse);
    const beyond = v128.bitselect(others, f32x4.sub(total, one), f32x4.eq(logit, largest));
    const entropy = f32x4.add(f32x4.sub(largest, logit), log1p4(beyond));
    addPixel(sums, i32x4.extract_lane(label, 0), classes, f32x4.extract_lane(rest, 0), f32x4.extract_lane(entropy, 0));
    addPixel(sums, i32x4.extract_lane(label, 1), classes, f32x4.extract_lane(rest, 1), f32x4.extract_lane(entropy, 1));
    addPixel(sums, i32x4.extract_lane(label, 2), classes, f32x4.extract_lane(rest, 2), f32x4.extract_lane(entropy, 2));
    addPixel(sums, i32x4.extract_lane(label, 3), classes, f32x4.extract_lane(rest, 3), f32x4.extract_lane(entropy, 3));
    const counts = i32x4.ge_s(label, i32x4.splat(0));
    for (let c = 0; c < classes; c++) {
      const probability = f32x4.mul(v128.load(first + <usize>c * pitch), inverse);
      const isOther = v128.andnot(counts, i32x4.eq(label, i32x4.splat(c)));
      const sum = scratch + (<usize>c << 4);
      v128.store(sum, f64x2.add(v128.load(sum), widen(v128.and(probability, isOther))));
    }
  }
}

/**
 * Replaces logits by the gradient of weighted cross-entropy and Dice loss. With s the derivative of Dice loss with respect
 * to p, ∂/∂x_c = w·(p_c − y_c) + p_c·(s_c − Σ s·p); the sum over the other classes is apart here, too.
 */
export function writeSoftmaxGrad(p: PixelsParams, factors: usize): void {
  const planes = p.planes;
  const pitch = p.pitch;
  const labels = p.labels;
  const classes = p.classes;
  const bytes = <usize>p.pixels << 2;
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < bytes; at += 16) {
    const first = planes + at;
    const label = v128.load(labels + at);
    const largest = largestOf(first, pitch, classes);
    let others = f32x4.splat(0);
    let own = f32x4.splat(0);
    let slopes = f32x4.splat(0);
    let weight = f32x4.splat(0);
    let ownSlope = f32x4.splat(0);
    for (let c = 0; c < classes; c++) {
      const plane = first + <usize>c * pitch;
      const factor = factors + <usize>c * FACTORS_BYTES;
      const e = expExact4(f32x4.sub(v128.load(plane), largest));
      const isOwn = i32x4.eq(label, i32x4.splat(c));
      const other = v128.andnot(e, isOwn);
      others = f32x4.add(others, other);
      slopes = f32x4.add(slopes, f32x4.mul(other, v128.load32_splat(factor, 8)));
      own = f32x4.add(own, v128.and(e, isOwn));
      weight = v128.or(weight, v128.and(v128.load32_splat(factor), isOwn));
      ownSlope = v128.or(ownSlope, v128.and(v128.load32_splat(factor, 4), isOwn));
      v128.store(plane, e);
    }
    const inverse = f32x4.div(one, f32x4.add(others, own));
    const rest = f32x4.mul(others, inverse);
    const ofOthers = f32x4.mul(slopes, inverse);
    const probability = f32x4.mul(own, inverse);
    const dice = f32x4.mul(probability, f32x4.sub(f32x4.mul(ownSlope, rest), ofOthers));
    const ownGrad = f32x4.sub(dice, f32x4.mul(weight, rest));
    const shift = f32x4.sub(weight, f32x4.add(ofOthers, f32x4.mul(ownSlope, probability)));
    const counts = i32x4.ge_s(label, i32x4.splat(0));
    for (let c = 0; c < classes; c++) {
      const plane = first + <usize>c * pitch;
      const slope = v128.load32_splat(factors + <usize>c * FACTORS_BYTES, 8);
      const grad = f32x4.mul(f32x4.mul(v128.load(plane), inverse), f32x4.add(shift, slope));
      const isOwn = i32x4.eq(label, i32x4.splat(c));
      v128.store(plane, v128.and(v128.bitselect(ownGrad, grad, isOwn), counts));
    }
  }
}

/** Sums of pixels from which cross-entropy and Dice loss follow; see `addSoftmaxSums`. */
export function softmaxSums(p: SoftmaxSumsParams): void {
  const scratch = p.scratch;
  const sums = p.sums;
  const classes = p.classes;
  clearSums(scratch, sums, classes);
  addSoftmaxSums(p, scratch, sums);
  settleSums(scratch, sums, classes);
}

/**
 * Replaces logits by the gradient of cross-entropy and Dice loss of softmax.
 *
 * Source of Dice loss: Milletari et al., arXiv:1606.04797, with Σp and Σy in place of the sums of squares
 */
export function softmaxGrad(p: SoftmaxGradParams): void {
  writeSoftmaxGrad(p, p.factors);
}
