import { exp4, madd4, ONE, storeFirst } from './lib/f32x4';
import { expWide, loadWide, maxWide } from './lib/f64x2';

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

/**
 * The same of two positives, in float64.
 *
 * @param first f32, bin j of the two at j·pitch bytes
 * @param exponentials f64 [R, 2] → exp(x_j − max)
 */
export function expectationWide(first: usize, pitch: usize, bins: i32, exponentials: usize): v128 {
  let largest = loadWide(first);
  if (bins == 1) return largest;
  let bin = first;
  for (let j = 1; j < bins; j++) {
    bin += pitch;
    largest = maxWide(largest, loadWide(bin));
  }
  let sum = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  bin = first;
  for (let j = 0; j < bins; j++) {
    const e = expWide(f64x2.sub(loadWide(bin), largest));
    v128.store(exponentials + (<usize>j << 4), e);
    sum = f64x2.add(sum, e);
    weighted = f64x2.add(weighted, f64x2.mul(e, f64x2.splat(<f64>j)));
    bin += pitch;
  }
  return f64x2.div(weighted, sum);
}
