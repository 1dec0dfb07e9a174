import { expectationWide } from './dfl';
import { IOU_BYTES, iouLanes } from './iou';
import { loadWide, logWide, maxWide, minWide, storeNarrow, sumWide } from './lib/f64x2';

/** How far the DFL target stays below the last bin. */
const MARGIN: f64 = 0.01;

/** Share of bin j in a distance between two bins: 1 − |distance − j|, not below 0. */
// @ts-ignore: decorator
@inline
function share(distance: v128, j: f64): v128 {
  const apart = f64x2.abs(f64x2.sub(distance, f64x2.splat(j)));
  return maxWide(f64x2.sub(f64x2.splat(1), apart), f64x2.splat(0));
}

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
 * @param scratch (4·bins + 9) · 16 bytes
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
): void {
  const box = scratch;
  const record = box + 64;
  const exponentials = record + IOU_BYTES;
  const last = f64x2.splat(<f64>(bins - 1) - MARGIN);
  const zero = f64x2.splat(0);
  let boxSum = zero;
  let dflSum = zero;
  for (let i = 0; i < count; i += 2) {
    const weight = loadWide(scores + (<usize>i << 2));
    const target = targets + (<usize>i << 3);
    const column = logits + (<usize>i << 2);
    const sidePitch = <usize>bins * pitch;
    const tablePitch = <usize>bins << 4;
    for (let side: usize = 0; side < 4; side++) {
      const table = exponentials + side * tablePitch;
      v128.store(box + (side << 4), expectationWide(column + side * sidePitch, pitch, bins, table));
    }
    iouLanes(
      box,
      v128.load(target),
      v128.load(target + 2 * pitch),
      v128.load(target + 4 * pitch),
      v128.load(target + 6 * pitch),
      kind,
      record,
    );
    const loss = f64x2.sub(f64x2.splat(1), v128.load(record));
    boxSum = f64x2.add(boxSum, f64x2.mul(weight, loss));
    const byBox = f64x2.mul(weight, f64x2.splat(-boxScale));
    const byDfl = f64x2.mul(weight, f64x2.splat(dflScale / 4));
    for (let side: usize = 0; side < 4; side++) {
      const first = column + side * sidePitch;
      const table = exponentials + side * tablePitch;
      const byDistance = f64x2.mul(byBox, v128.load(record + 16 + (side << 4)));
      if (bins == 1) {
        if (backward) storeNarrow(first, byDistance);
        continue;
      }
      const goal = minWide(maxWide(v128.load(target + 2 * side * pitch), zero), last);
      const entropy = crossEntropy(first, pitch, bins, goal, table);
      dflSum = f64x2.add(dflSum, f64x2.mul(weight, entropy));
      if (!backward) continue;
      const distance = v128.load(box + (side << 4));
      for (let j = 0; j < bins; j++) {
        const p = v128.load(table + (<usize>j << 4));
        const byMean = f64x2.mul(byDistance, f64x2.sub(f64x2.splat(<f64>j), distance));
        const byEntropy = f64x2.mul(byDfl, f64x2.sub(p, share(goal, <f64>j)));
        storeNarrow(first + <usize>j * pitch, f64x2.add(f64x2.mul(p, byMean), byEntropy));
      }
    }
  }
  store<f64>(sums, sumWide(boxSum));
  store<f64>(sums, sumWide(dflSum) / 4, 8);
}

/** log Σ exp(x_j) − Σ share_j·x_j of two positives; `table` of exp(x_j − max) becomes softmax. */
function crossEntropy(first: usize, pitch: usize, bins: i32, goal: v128, table: usize): v128 {
  let sum = f64x2.splat(0);
  let largest = loadWide(first);
  for (let j = 0; j < bins; j++) {
    sum = f64x2.add(sum, v128.load(table + (<usize>j << 4)));
    largest = maxWide(largest, loadWide(first + <usize>j * pitch));
  }
  const scale = f64x2.div(f64x2.splat(1), sum);
  let entropy = logWide(sum);
  for (let j = 0; j < bins; j++) {
    const slot = table + (<usize>j << 4);
    v128.store(slot, f64x2.mul(v128.load(slot), scale));
    const behind = f64x2.sub(largest, loadWide(first + <usize>j * pitch));
    entropy = f64x2.add(entropy, f64x2.mul(share(goal, <f64>j), behind));
  }
  return entropy;
}
