import { expectationsWide, softmaxBytes } from './dfl';
import { IouKind } from './generated/kinds';
import {
  loadPair,
  loadWide,
  loadWidePair,
  logWide,
  maxWide,
  minWide,
  storeNarrow,
  storeNarrowPair,
  sumWide,
} from './lib/f64x2';
import { angleLanes, ownDistances, ROTATED_SCRATCH_BYTES, rotatedLanes } from './rotated';
import { similarityLanes } from './similarity';

/** Distance in bins by which the DFL target stays below the last bin. */
const MARGIN: f64 = 0.01;

/** Bytes of `scratch` that do not depend on the number of bins: eight distances, and a record of either geometry. */
export const REGRESS_SCRATCH_BYTES: usize = 8 * 16 + ROTATED_SCRATCH_BYTES + 4 * 2 * 16;
/** Bytes of `scratch` that each bin takes. */
export const REGRESS_BIN_BYTES: usize = 4 * 16;

/** Parameters of `regress`: P positives, their arrays padded to an even number. */
@unmanaged
export class RegressParams {
  /** f32 [4·R, pitch/4], box channels → gradients, where `backward`. */
  logits: usize;
  /** Bytes from one channel to the next. */
  pitch: usize;
  bins: i32;
  count: i32;
  /** f64 [4, pitch/4], distances to the target's sides, grid units. */
  targets: usize;
  /** f64 [2, pitch/4], a grid unit as a share of the image's width and height, for L1 with one bin; 0: no L1. */
  units: usize;
  /** f32 [P], weights of the losses; 0 behind an odd number. */
  weights: usize;
  kind: IouKind;
  /** Whether true distances are those in the frame of a rotated target. */
  inOwnFrame: bool;
  /** Added to the variances of ProbIoU, in squared grid units. */
  floor: f64;
  /** f64 [2, pitch/4], predicted angle → its gradient, if `backward`, and the target's; only for rotated boxes. */
  angles: usize;
  /** Factor of the box loss's gradients. */
  boxScale: f64;
  /** Factor of the gradients of DFL or L1. */
  dflScale: f64;
  /** Factor of the angle loss's gradients; only for rotated boxes. */
  angleScale: f64;
  backward: bool;
  /** f64 [3] → Σ weight·(1 − IoU), Σ weight·(DFL or L1), Σ weight·(angle loss). */
  sums: usize;
  /** REGRESS_SCRATCH_BYTES + R · REGRESS_BIN_BYTES bytes. */
  scratch: usize;
}

/**
 * Weighted box loss 1 − IoU, DFL and, of rotated boxes, angle loss of the positives. The gradient of the box channels
 * replaces the logits. With one bin, its value is the distance, and L1 replaces DFL.
 *
 * DFL is the cross-entropy with the two bins around the target distance, L1 is |distance − target distance| as a share of
 * the image; both are the mean over four sides.
 *
 * Source: Li et al., arXiv:2006.04388, eq. 6.
 */
export function regress(p: RegressParams): void {
  const logits = p.logits;
  const pitch = p.pitch;
  const bins = p.bins;
  const kind = p.kind;
  const backward = p.backward;
  const box = p.scratch;
  const own = box + 64;
  const record = own + 64;
  const softmaxes = record + ROTATED_SCRATCH_BYTES;
  const last = f64x2.splat(<f64>(bins - 1) - MARGIN);
  const zero = f64x2.splat(0);
  const sidePitch = <usize>bins * pitch;
  let boxSum = zero;
  let dflSum = zero;
  let angleSum = zero;
  for (let i = 0; i < p.count; i += 2) {
    const weight = loadWide(p.weights + (<usize>i << 2));
    const target = p.targets + (<usize>i << 3);
    const column = logits + (<usize>i << 2);
    for (let side: usize = 0; side < 4; side += 2) {
      const softmax = softmaxes + side * softmaxBytes(bins);
      expectationsWide(column + side * sidePitch, pitch, bins, box + (side << 4), softmax);
    }
    const l = v128.load(target);
    const t = v128.load(target + 2 * pitch);
    const r = v128.load(target + 4 * pitch);
    const b = v128.load(target + 6 * pitch);
    const byBox = f64x2.mul(weight, f64x2.splat(-p.boxScale));
    let distances = target;
    let distancePitch: usize = 2 * pitch;
    if (ROTATED_BOXES && kind == IouKind.PROBIOU) {
      const angles = p.angles + (<usize>i << 3);
      rotatedLanes(box, v128.load(angles), l, t, r, b, v128.load(angles + 2 * pitch), p.floor, record, backward);
      angleLanes(f64x2.add(l, r), f64x2.add(t, b), record, own);
      angleSum = f64x2.add(angleSum, f64x2.mul(weight, v128.load(own)));
      if (backward) {
        const byAngle = f64x2.mul(f64x2.mul(weight, f64x2.splat(p.angleScale)), v128.load(own, 16));
        v128.store(angles, f64x2.add(f64x2.mul(byBox, v128.load(record, 80)), byAngle));
      }
      if (p.inOwnFrame) {
        ownDistances(l, t, r, b, record, own);
        distances = own;
        distancePitch = 16;
      }
    } else {
      similarityLanes(kind, box, l, t, r, b, record);
    }
    const loss = f64x2.sub(f64x2.splat(1), v128.load(record));
    boxSum = f64x2.add(boxSum, f64x2.mul(weight, loss));
    const byDfl = f64x2.mul(weight, f64x2.splat(p.dflScale / 4));
    for (let s: usize = 0; s < 4; s++) {
      const first = column + s * sidePitch;
      const trueDistance = v128.load(distances + s * distancePitch);
      let byDistance = f64x2.mul(byBox, v128.load(record + 16 + (s << 4)));
      if (bins == 1) {
        if (p.units) {
          const unit = v128.load(p.units + (<usize>i << 3) + (s & 1) * 2 * pitch);
          const error = f64x2.sub(v128.load(box + (s << 4)), trueDistance);
          dflSum = f64x2.add(dflSum, f64x2.mul(weight, f64x2.mul(unit, f64x2.abs(error))));
          byDistance = f64x2.add(byDistance, f64x2.mul(f64x2.mul(byDfl, unit), signOf(error)));
        }
        if (backward) storeNarrow(first, byDistance);
        continue;
      }
      const softmax = softmaxes + s * softmaxBytes(bins);
      const distance = minWide(maxWide(trueDistance, zero), last);
      const expected = v128.load(box + (s << 4));
      const entropy = side(first, pitch, bins, distance, expected, byDistance, byDfl, softmax, backward);
      dflSum = f64x2.add(dflSum, f64x2.mul(weight, entropy));
    }
  }
  store<f64>(p.sums, sumWide(boxSum));
  store<f64>(p.sums, sumWide(dflSum) / 4, 8);
  store<f64>(p.sums, sumWide(angleSum), 16);
}

/** 1, −1, or 0 for 0. */
// @ts-ignore: decorator
@inline
function signOf(x: v128): v128 {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  return f64x2.sub(v128.and(one, f64x2.gt(x, zero)), v128.and(one, f64x2.lt(x, zero)));
}

/**
 * log Σ exp(x_j) − Σ share_j·x_j of two positives' side: cross-entropy with the bin below the target distance, with share
 * 1 − above, and the bin above it, with share above.
 *
 * @param below0 below1 the logits of the bin below
 */
// @ts-ignore: decorator
@inline
function crossEntropy(below0: usize, below1: usize, pitch: usize, above: v128, sum: v128, max: v128): v128 {
  const lower = loadWidePair(below0, below1);
  const upper = loadWidePair(below0 + pitch, below1 + pitch);
  const share = f64x2.sub(f64x2.splat(1), above);
  const x = f64x2.add(f64x2.mul(share, lower), f64x2.mul(above, upper));
  // sum − sum is NaN if a logit is, which the logarithm would hide.
  const log = f64x2.add(logWide(sum), f64x2.sub(sum, sum));
  return f64x2.add(log, f64x2.sub(max, x));
}

/**
 * DFL of two positives' side. If `backward`, the gradient p_j·(byDistance·(j − expected) + byDfl) − byDfl·share_j replaces
 * its logits.
 *
 * @param distance distance to the target's side
 * @param expected predicted distance
 * @param first f32, bin j of the two at j·pitch bytes
 * @param softmax output of `expectationsWide`
 */
// @ts-ignore: decorator
@inline
function side(
  first: usize,
  pitch: usize,
  bins: i32,
  distance: v128,
  expected: v128,
  byDistance: v128,
  byDfl: v128,
  softmax: usize,
  backward: bool,
): v128 {
  const end = softmax + (<usize>bins << 4);
  const sum = v128.load(end);
  const bin = f64x2.floor(distance);
  const above = f64x2.sub(distance, bin);
  const j0 = <usize><i32>f64x2.extract_lane(bin, 0);
  const j1 = <usize><i32>f64x2.extract_lane(bin, 1);
  const below0 = first + j0 * pitch;
  const below1 = first + j1 * pitch + 4;
  const entropy = crossEntropy(below0, below1, pitch, above, sum, v128.load(end, 16));
  if (!backward) return entropy;

  const scale = f64x2.div(f64x2.splat(1), sum);
  const step = f64x2.mul(byDistance, scale);
  const start = f64x2.mul(f64x2.sub(byDfl, f64x2.mul(byDistance, expected)), scale);
  let factor = start;
  let to = first;
  for (let slot = softmax; slot < end; slot += 16) {
    storeNarrow(to, f64x2.mul(v128.load(slot), factor));
    factor = f64x2.add(factor, step);
    to += pitch;
  }
  // The two bins with a share are computed again.
  const slot0 = softmax + (j0 << 4);
  const slot1 = softmax + (j1 << 4) + 8;
  const shared = f64x2.mul(byDfl, above);
  factor = f64x2.add(start, f64x2.mul(step, bin));
  const lower = f64x2.mul(loadPair(slot0, slot1), factor);
  storeNarrowPair(below0, below1, f64x2.add(f64x2.sub(lower, byDfl), shared));
  const upper = f64x2.mul(loadPair(slot0 + 16, slot1 + 16), f64x2.add(factor, step));
  storeNarrowPair(below0 + pitch, below1 + pitch, f64x2.sub(upper, shared));
  return entropy;
}
