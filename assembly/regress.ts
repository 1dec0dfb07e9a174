import { expectationsWide, softmaxBytes } from './dfl';
import { iouLanes } from './iou';
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
import { ROTATED_SCRATCH, rotatedLanes } from './rotated';

/** How far the DFL target stays below the last bin. */
const MARGIN: f64 = 0.01;

/**
 * Box loss 1 − IoU and DFL of the positives, weighted by their scores, with the gradient by their
 * box channels in place of the logits. One bin: the distance itself, and no DFL.
 *
 * DFL is the cross-entropy of the two bins next to the target distance, the mean of four sides.
 *
 * @param logits f32 [4·R, pitch/4] → gradients, where `backward`
 * @param pitch bytes from one channel to the next, for an even number of positives
 * @param targets f64 [4, pitch/4], distances to the target's sides, grid units
 * @param scores f32 [P], with a 0 behind an odd number
 * @param boxScale dflScale factors of the gradients
 * @param sums f64 [2] → Σ score·(1 − IoU), Σ score·DFL
 * @param scratch (4·bins + 22) · 16 bytes
 * @param rotation f64 [2, pitch/4], predicted angle → its gradient, where `backward`, and target's angle: the box
 *   loss is that of rotated boxes; 0: they are upright
 * Source: Li et al., arXiv:2006.04388, eq. 6.
 */
export function regress(
  logits: usize,
  pitch: usize,
  bins: i32,
  count: i32,
  targets: usize,
  scores: usize,
  kind: i32,
  boxScale: f64,
  dflScale: f64,
  backward: bool,
  sums: usize,
  scratch: usize,
  rotation: usize,
): void {
  const box = scratch;
  const record = box + 64;
  const softmaxes = record + ROTATED_SCRATCH;
  const last = f64x2.splat(<f64>(bins - 1) - MARGIN);
  const zero = f64x2.splat(0);
  const sidePitch = <usize>bins * pitch;
  let boxSum = zero;
  let dflSum = zero;
  for (let i = 0; i < count; i += 2) {
    const weight = loadWide(scores + (<usize>i << 2));
    const target = targets + (<usize>i << 3);
    const column = logits + (<usize>i << 2);
    for (let side: usize = 0; side < 4; side += 2) {
      const softmax = softmaxes + side * softmaxBytes(bins);
      expectationsWide(column + side * sidePitch, pitch, bins, box + (side << 4), softmax);
    }
    const l = v128.load(target);
    const t = v128.load(target + 2 * pitch);
    const r = v128.load(target + 4 * pitch);
    const b = v128.load(target + 6 * pitch);
    const own = rotation + (<usize>i << 3);
    if (rotation) rotatedLanes(box, v128.load(own), l, t, r, b, v128.load(own + 2 * pitch), record, backward);
    else iouLanes(box, l, t, r, b, kind, record);
    const loss = f64x2.sub(f64x2.splat(1), v128.load(record));
    boxSum = f64x2.add(boxSum, f64x2.mul(weight, loss));
    const byBox = f64x2.mul(weight, f64x2.splat(-boxScale));
    const byDfl = f64x2.mul(weight, f64x2.splat(dflScale / 4));
    if (rotation && backward) v128.store(own, f64x2.mul(byBox, v128.load(record, 80)));
    for (let s: usize = 0; s < 4; s++) {
      const first = column + s * sidePitch;
      const byDistance = f64x2.mul(byBox, v128.load(record + 16 + (s << 4)));
      if (bins == 1) {
        if (backward) storeNarrow(first, byDistance);
        continue;
      }
      const softmax = softmaxes + s * softmaxBytes(bins);
      const goal = minWide(maxWide(v128.load(target + 2 * s * pitch), zero), last);
      const distance = v128.load(box + (s << 4));
      const entropy = side(first, pitch, bins, goal, distance, byDistance, byDfl, softmax, backward);
      dflSum = f64x2.add(dflSum, f64x2.mul(weight, entropy));
    }
  }
  store<f64>(sums, sumWide(boxSum));
  store<f64>(sums, sumWide(dflSum) / 4, 8);
}

/**
 * log Σ exp(x_j) − Σ share_j·x_j of two positives' side: cross-entropy with the bin below the goal, which
 * has a share of 1 − above, and the one above it, with the rest.
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
  // sum − sum is NaN where a logit was, which the logarithm would hide.
  const log = f64x2.add(logWide(sum), f64x2.sub(sum, sum));
  return f64x2.add(log, f64x2.sub(max, x));
}

/**
 * DFL of two positives' side and, where `backward`, in place of its logits the gradient
 * p_j·(byDistance·(j − distance) + byDfl) − byDfl·share_j.
 *
 * @param first f32, bin j of the two at j·pitch bytes
 * @param softmax as `expectationsWide` leaves it
 */
// @ts-ignore: decorator
@inline
function side(
  first: usize,
  pitch: usize,
  bins: i32,
  goal: v128,
  distance: v128,
  byDistance: v128,
  byDfl: v128,
  softmax: usize,
  backward: bool,
): v128 {
  const end = softmax + (<usize>bins << 4);
  const sum = v128.load(end);
  const bin = f64x2.floor(goal);
  const above = f64x2.sub(goal, bin);
  const j0 = <usize><i32>f64x2.extract_lane(bin, 0);
  const j1 = <usize><i32>f64x2.extract_lane(bin, 1);
  const below0 = first + j0 * pitch;
  const below1 = first + j1 * pitch + 4;
  const entropy = crossEntropy(below0, below1, pitch, above, sum, v128.load(end, 16));
  if (!backward) return entropy;

  const scale = f64x2.div(f64x2.splat(1), sum);
  const step = f64x2.mul(byDistance, scale);
  const start = f64x2.mul(f64x2.sub(byDfl, f64x2.mul(byDistance, distance)), scale);
  let factor = start;
  let to = first;
  for (let slot = softmax; slot < end; slot += 16) {
    storeNarrow(to, f64x2.mul(v128.load(slot), factor));
    factor = f64x2.add(factor, step);
    to += pitch;
  }
  // The two bins with a share once more.
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
