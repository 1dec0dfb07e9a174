import { IouKind } from './generated/kinds';
import { add, angleWide, div, maxWide, minWide, mul, sub } from './lib/f64x2';

const EPS: f64 = 1e-7;
const FOUR_OVER_PI_SQUARED: f64 = 0.4052847345693511;
/** Most that the union is in units of the enclosing area C; beyond it C counts as the union. */
const MOST_FILLED: f64 = 1.0001;

/** Bytes of a record of two pairs: similarity, then its gradient by left, top, right, bottom. */
export const IOU_BYTES: usize = 5 * 16;

/** ∂max(a, b)/∂a: 1, 0, or ½ where they are equal; isLarger(b, a) is ∂min(a, b)/∂a. */
// @ts-ignore: decorator
@inline
export function isLarger(a: v128, b: v128): v128 {
  const one = f64x2.splat(1);
  const half = f64x2.splat(0.5);
  return add(v128.and(f64x2.gt(a, b), one), v128.and(f64x2.eq(a, b), half));
}

/**
 * atan(W/H) − atan(w/h), as the angle from the vector (h, w) to (H, W), which is exact where the two are close. Turning both
 * signs where h is negative leaves w/h as it is.
 */
// @ts-ignore: decorator
@inline
function aspectAngle(width: v128, height: v128, targetWidth: v128, targetHeight: v128): v128 {
  const signs = f64x2.splat(-0.0);
  const sign = v128.and(height, signs);
  const w = v128.xor(width, sign);
  const h = v128.xor(height, sign);
  const cross = sub(mul(targetWidth, h), mul(w, targetHeight));
  const dot = add(mul(targetHeight, h), mul(targetWidth, w));
  return v128.or(angleWide(dot, cross), v128.and(cross, signs));
}

/** Gradient by one side: the sum of those through the axis' length, the inner and outer extents, and the centre. */
// @ts-ignore: decorator
@inline
function side(own: v128, other: v128, length: v128, inner: v128, outer: v128, center: v128): v128 {
  const byExtents = add(mul(inner, isLarger(other, own)), mul(outer, isLarger(own, other)));
  return add(add(length, center), byExtents);
}

/**
 * Similarity of two pairs of boxes and its gradient. A box is given by its distances left, top, right, bottom from a point
 * that it shares with its partner.
 *
 * IoU = I/U; GIoU = IoU − (C − U)/C, or IoU where U > 1.0001·C; DIoU = IoU − ρ²/c²; CIoU = DIoU − αv, with α held
 * constant. For EIoU the result is DIoU and for SIoU it is IoU, see `similarityLanes`, which also bounds it.
 *
 * Boxes of no area give finite numbers. Predictions may be inside out, targets may not. Where two sides coincide, the
 * gradient is the mean of both one-sided ones.
 *
 * @param box f64 [4, 2], the sides of two predictions
 * @param l t r b the sides of their targets, same units
 * @param record f64 [5, 2] → similarity, then ∂similarity/∂(left, top, right, bottom) of the prediction
 * Sources: Rezatofighi et al., arXiv:1902.09630; Zheng et al., arXiv:1911.08287.
 */
export function iouLanes(kind: IouKind, box: usize, l: v128, t: v128, r: v128, b: v128, record: usize): void {
  const zero = f64x2.splat(0);
  const eps = f64x2.splat(EPS);
  const left = v128.load(box);
  const top = v128.load(box, 16);
  const right = v128.load(box, 32);
  const bottom = v128.load(box, 48);

  const width = add(left, right);
  const height = add(add(top, bottom), eps);
  const targetWidth = add(l, r);
  const targetHeight = add(add(t, b), eps);
  const spanX = add(minWide(left, l), minWide(right, r));
  const spanY = add(minWide(top, t), minWide(bottom, b));
  const innerWidth = maxWide(spanX, zero);
  const innerHeight = maxWide(spanY, zero);
  const inter = mul(innerWidth, innerHeight);
  const areas = add(mul(width, height), mul(targetWidth, targetHeight));
  const union = add(sub(areas, inter), eps);
  // Areas may cancel if the prediction is inside out; then there is no intersection.
  const divisor = maxWide(union, f64x2.splat(f64.MIN_NORMAL_VALUE));
  const iou = div(inter, divisor);

  // ∂I by a left or right side is innerHeight if that side is the inner one; ∂U = ∂(area) − ∂I.
  const interX = v128.and(innerHeight, f64x2.ge(spanX, zero));
  const interY = v128.and(innerWidth, f64x2.ge(spanY, zero));
  // ∂iou = (1 + iou)/U · ∂I − iou/U · ∂(area).
  let byInter = div(add(f64x2.splat(1), iou), divisor);
  let byArea = f64x2.neg(div(iou, divisor));

  let similarity = iou;
  let byOuterX = zero;
  let byOuterY = zero;
  let byLeft = zero;
  let byTop = zero;
  let byWidth = zero;
  let byHeight = zero;
  const outerWidth = add(maxWide(left, l), maxWide(right, r));
  const outerHeight = add(maxWide(top, t), maxWide(bottom, b));
  if (kind == IouKind.GIOU) {
    const outer = add(mul(outerWidth, outerHeight), eps);
    const filled = div(union, outer);
    // The union of boxes that are very flat is mostly eps; that of predictions inside out on both axes has no bound.
    const isEnclosed = f64x2.le(filled, f64x2.splat(MOST_FILLED));
    const inverse = v128.and(div(f64x2.splat(1), outer), isEnclosed);
    similarity = add(iou, v128.and(sub(filled, f64x2.splat(1)), isEnclosed));
    byInter = sub(byInter, inverse);
    byArea = add(byArea, inverse);
    const byOuter = f64x2.neg(mul(filled, inverse));
    byOuterX = mul(byOuter, outerHeight);
    byOuterY = mul(byOuter, outerWidth);
  }
  if (kind == IouKind.DIOU || kind == IouKind.CIOU || kind == IouKind.EIOU) {
    const diagonal = add(add(mul(outerWidth, outerWidth), mul(outerHeight, outerHeight)), eps);
    const dx = sub(sub(r, right), sub(l, left));
    const dy = sub(sub(b, bottom), sub(t, top));
    const apart = div(mul(add(mul(dx, dx), mul(dy, dy)), f64x2.splat(0.25)), diagonal);
    similarity = sub(iou, apart);
    // ∂ρ² by left is dx/2, by right −dx/2; ∂c² by an outer side is twice the outer width.
    const half = div(f64x2.splat(-0.5), diagonal);
    byLeft = mul(half, dx);
    byTop = mul(half, dy);
    const byDiagonal = mul(div(apart, diagonal), f64x2.splat(2));
    byOuterX = mul(byDiagonal, outerWidth);
    byOuterY = mul(byDiagonal, outerHeight);
  }
  if (kind == IouKind.CIOU) {
    const angle = aspectAngle(width, height, targetWidth, targetHeight);
    const v = mul(mul(angle, angle), f64x2.splat(FOUR_OVER_PI_SQUARED));
    const alpha = div(v, add(sub(v, iou), f64x2.splat(1 + EPS)));
    similarity = sub(similarity, mul(v, alpha));
    // ∂v by w is −2·(4/π²)·angle·h/(w² + h²), by h the same with w and the other sign.
    const norm = add(mul(width, width), mul(height, height));
    const factor = div(mul(mul(alpha, angle), f64x2.splat(2 * FOUR_OVER_PI_SQUARED)), norm);
    byWidth = mul(factor, height);
    byHeight = f64x2.neg(mul(factor, width));
  }

  const byX = add(mul(byArea, height), byWidth);
  const byY = add(mul(byArea, width), byHeight);
  const innerX = mul(byInter, interX);
  const innerY = mul(byInter, interY);
  v128.store(record, similarity);
  v128.store(record, side(left, l, byX, innerX, byOuterX, byLeft), 16);
  v128.store(record, side(top, t, byY, innerY, byOuterY, byTop), 32);
  v128.store(record, side(right, r, byX, innerX, byOuterX, f64x2.neg(byLeft)), 48);
  v128.store(record, side(bottom, b, byY, innerY, byOuterY, f64x2.neg(byTop)), 64);
}
