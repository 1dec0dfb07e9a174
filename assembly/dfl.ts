import { exp4, madd4, ONE, storeFirst } from './lib/f32x4';
import { decayWide, loadWide } from './lib/f64x2';

/** Four neighbouring cells of one channel. */
// @ts-ignore: decorator
@inline
function loadCells(pointer: usize, cellStride: usize): v128 {
  if (cellStride == 4) return v128.load(pointer);
  let lanes = v128.load32_zero(pointer);
  lanes = v128.load32_lane(pointer + cellStride, lanes, 1);
  lanes = v128.load32_lane(pointer + 2 * cellStride, lanes, 2);
  return v128.load32_lane(pointer + 3 * cellStride, lanes, 3);
}

/** Softmax expectation of the bin index: Σ j·exp(x_j) / Σ exp(x_j). One bin: its value itself. */
// @ts-ignore: decorator
@inline
function expectation(first: usize, binStride: usize, cellStride: usize, bins: i32): v128 {
  let largest = loadCells(first, cellStride);
  if (bins == 1) return largest;
  let bin = first;
  for (let j = 1; j < bins; j++) {
    bin += binStride;
    largest = f32x4.pmax(largest, loadCells(bin, cellStride));
  }
  let sum = f32x4.splat(0);
  let weighted = f32x4.splat(0);
  let index = f32x4.splat(0);
  bin = first;
  for (let j = 0; j < bins; j++) {
    const e = exp4(f32x4.sub(loadCells(bin, cellStride), largest));
    sum = f32x4.add(sum, e);
    weighted = madd4(e, index, weighted);
    index = f32x4.add(index, v128.load(ONE));
    bin += binStride;
  }
  return f32x4.div(weighted, sum);
}

/**
 * Distances of one level's candidates, by groups of four neighbouring cells; a group without a candidate
 * is left alone. Source: Li et al., arXiv:2006.04388, eq. 4.
 *
 * @param logits f32, bin j of cell i of side s at s·bins·binStride + j·binStride + i·cellStride (bytes);
 *   readable for 3 cells more
 * @param sides how many of the four follow each other
 * @param cover u8 [cells], readable for 3 cells more
 * @param distances f32 [sides, cells], grid units
 */
export function decode(
  logits: usize,
  binStride: usize,
  cellStride: usize,
  bins: i32,
  sides: i32,
  cells: i32,
  cover: usize,
  distances: usize,
): void {
  for (let side = 0; side < sides; side++) {
    for (let i = 0; i < cells; i += 4) {
      if (load<u32>(cover + i) == 0) continue;
      const lanes = expectation(logits + <usize>i * cellStride, binStride, cellStride, bins);
      storeFirst(distances + (<usize>i << 2), lanes, cells - i);
    }
    logits += <usize>bins * binStride;
    distances += <usize>cells << 2;
  }
}

/** Bytes of what `expectationsWide` leaves of one side: exponentials, their sum, the largest logit. */
// @ts-ignore: decorator
@inline
export function softmaxBytes(bins: i32): usize {
  return <usize>(bins + 2) << 4;
}

/**
 * Softmax expectations of two positives' bin index on two sides, in float64. Bins are added from the last
 * one down: Σ j·e_j is the sum of the sums on the way. Two sides, because the latency of one would bound the
 * loop.
 *
 * @param first f32, bin j of the two at j·pitch bytes; the other side's R·pitch bytes behind
 * @param distances f64 [2, 2]
 * @param softmax f64 [2, R + 2, 2] → exp(x_j − max), their sum, max; 0: none
 */
// @ts-ignore: decorator
@inline
export function expectationsWide(first: usize, pitch: usize, bins: i32, distances: usize, softmax: usize): void {
  const sidePitch = <usize>bins * pitch;
  let highestA = v128.load64_zero(first);
  let highestB = v128.load64_zero(first + sidePitch);
  const end = first + sidePitch;
  for (let bin = first + pitch; bin < end; bin += pitch) {
    highestA = f32x4.pmax(highestA, v128.load64_zero(bin));
    highestB = f32x4.pmax(highestB, v128.load64_zero(bin + sidePitch));
  }
  const largestA = f64x2.promote_low_f32x4(highestA);
  const largestB = f64x2.promote_low_f32x4(highestB);
  if (bins == 1) {
    v128.store(distances, largestA);
    v128.store(distances, largestB, 16);
    return;
  }
  let sumA = f64x2.splat(0);
  let sumB = f64x2.splat(0);
  let weightedA = f64x2.splat(0);
  let weightedB = f64x2.splat(0);
  const tail = softmax + (<usize>bins << 4);
  let slot = tail - 16;
  for (let bin = end - pitch; ; bin -= pitch) {
    const a = decayWide(f64x2.sub(loadWide(bin), largestA));
    const b = decayWide(f64x2.sub(loadWide(bin + sidePitch), largestB));
    if (softmax) {
      v128.store(slot, a);
      v128.store(slot + softmaxBytes(bins), b);
      slot -= 16;
    }
    sumA = f64x2.add(sumA, a);
    sumB = f64x2.add(sumB, b);
    if (bin == first) break;
    weightedA = f64x2.add(weightedA, sumA);
    weightedB = f64x2.add(weightedB, sumB);
  }
  if (softmax) {
    v128.store(tail, sumA);
    v128.store(tail, largestA, 16);
    v128.store(tail + softmaxBytes(bins), sumB);
    v128.store(tail + softmaxBytes(bins), largestB, 16);
  }
  v128.store(distances, f64x2.div(weightedA, sumA));
  v128.store(distances, f64x2.div(weightedB, sumB), 16);
}
