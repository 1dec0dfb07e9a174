import {
  EXP2_1,
  EXP2_2,
  EXP2_3,
  EXP2_4,
  EXP2_5,
  expWithin4,
  LOG2E,
  ONE,
  ROUND,
  storeFirst,
} from './lib/f32x4';
import { decayWide, loadWide } from './lib/f64x2';

/** Difference to the largest logit below which a bin's share is negligible. */
const LEAST: usize = memory.data<f32>([-69, -69, -69, -69], 16);

/** Four neighbouring cells of one channel. */
// @ts-ignore: decorator
@inline
function loadCells(pointer: usize, cellStride: usize, planar: bool): v128 {
  if (planar) return v128.load(pointer);
  let lanes = v128.load32_zero(pointer);
  lanes = v128.load32_lane(pointer + cellStride, lanes, 1);
  lanes = v128.load32_lane(pointer + 2 * cellStride, lanes, 2);
  return v128.load32_lane(pointer + 3 * cellStride, lanes, 3);
}

/** exp(x) for x ≤ 0; NaN stays NaN. */
// @ts-ignore: decorator
@inline
function share4(x: v128): v128 {
  return expWithin4(
    f32x4.pmax(x, v128.load(LEAST)),
    v128.load(LOG2E),
    v128.load(ROUND),
    v128.load(ONE),
    v128.load(EXP2_1),
    v128.load(EXP2_2),
    v128.load(EXP2_3),
    v128.load(EXP2_4),
    v128.load(EXP2_5),
  );
}

/**
 * Softmax expectations of the bin index of two groups of four cells: Σ j·exp(x_j) / Σ exp(x_j). Bins are added
 * from the last one down: Σ j·e_j is the sum of the partial sums. With one bin, its value is the expectation. Two
 * groups, because the latency of one would bound the loop.
 *
 * @param a b the groups' logits of bin 0
 * @param outA outB their distances, of which the first `cellsA` and `cellsB` are written
 */
// @ts-ignore: decorator
@inline
function decodePair(
  a: usize,
  b: usize,
  binStride: usize,
  cellStride: usize,
  bins: i32,
  outA: usize,
  outB: usize,
  cellsA: i32,
  cellsB: i32,
  planar: bool,
): void {
  const apart = b - a;
  const last = a + <usize>(bins - 1) * binStride;
  let distanceA = loadCells(a, cellStride, planar);
  let distanceB = loadCells(b, cellStride, planar);
  if (bins > 1) {
    let largestA = distanceA;
    let largestB = distanceB;
    for (let bin = last; bin > a; bin -= binStride) {
      largestA = f32x4.pmax(largestA, loadCells(bin, cellStride, planar));
      largestB = f32x4.pmax(largestB, loadCells(bin + apart, cellStride, planar));
    }
    let sumA = f32x4.splat(0);
    let sumB = f32x4.splat(0);
    let weightedA = f32x4.splat(0);
    let weightedB = f32x4.splat(0);
    for (let bin = last; ; bin -= binStride) {
      const behindA = f32x4.sub(loadCells(bin, cellStride, planar), largestA);
      const behindB = f32x4.sub(loadCells(bin + apart, cellStride, planar), largestB);
      sumA = f32x4.add(sumA, share4(behindA));
      sumB = f32x4.add(sumB, share4(behindB));
      if (bin == a) break;
      weightedA = f32x4.add(weightedA, sumA);
      weightedB = f32x4.add(weightedB, sumB);
    }
    distanceA = f32x4.div(weightedA, sumA);
    distanceB = f32x4.div(weightedB, sumB);
  }
  storeFirst(outA, distanceA, cellsA);
  storeFirst(outB, distanceB, cellsB);
}

// a0 b0 a1 b1, a2 b2 a3 b3, and the first and second halves of two vectors: together they transpose four.
// @ts-ignore: decorator
@inline
function lower(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5);
}

// @ts-ignore: decorator
@inline
function upper(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7);
}

// @ts-ignore: decorator
@inline
function firstHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

// @ts-ignore: decorator
@inline
function secondHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

/**
 * Does the work of `decodePair`, with equal bits, for one group of cells whose bins are adjacent and a multiple of four:
 * loads four bins of each cell at a time and transposes them.
 */
function decodeQuads(logits: usize, cellStride: usize, bins: i32, out: usize, cells: i32): void {
  const second = logits + cellStride;
  const third = second + cellStride;
  const fourth = third + cellStride;
  const bytes = <usize>bins << 2;
  let a = v128.load(logits);
  let b = v128.load(second);
  let c = v128.load(third);
  let d = v128.load(fourth);
  for (let at: usize = 16; at < bytes; at += 16) {
    a = f32x4.pmax(a, v128.load(logits + at));
    b = f32x4.pmax(b, v128.load(second + at));
    c = f32x4.pmax(c, v128.load(third + at));
    d = f32x4.pmax(d, v128.load(fourth + at));
  }
  const evens = f32x4.pmax(firstHalves(lower(a, b), lower(c, d)), firstHalves(upper(a, b), upper(c, d)));
  const odds = f32x4.pmax(secondHalves(lower(a, b), lower(c, d)), secondHalves(upper(a, b), upper(c, d)));
  const largest = f32x4.pmax(evens, odds);
  let sum = f32x4.splat(0);
  let weighted = f32x4.splat(0);
  for (let at = bytes - 16; ; at -= 16) {
    a = v128.load(logits + at);
    b = v128.load(second + at);
    c = v128.load(third + at);
    d = v128.load(fourth + at);
    const low = lower(a, b);
    const lowBehind = lower(c, d);
    const high = upper(a, b);
    const highBehind = upper(c, d);
    sum = f32x4.add(sum, share4(f32x4.sub(secondHalves(high, highBehind), largest)));
    weighted = f32x4.add(weighted, sum);
    sum = f32x4.add(sum, share4(f32x4.sub(firstHalves(high, highBehind), largest)));
    weighted = f32x4.add(weighted, sum);
    sum = f32x4.add(sum, share4(f32x4.sub(secondHalves(low, lowBehind), largest)));
    weighted = f32x4.add(weighted, sum);
    sum = f32x4.add(sum, share4(f32x4.sub(firstHalves(low, lowBehind), largest)));
    if (at == 0) break;
    weighted = f32x4.add(weighted, sum);
  }
  storeFirst(out, f32x4.div(weighted, sum), cells);
}

// One function per layout: the compiler would fold the two loops of one function into one loop that branches at every
// bin.
function decodePlanar(
  a: usize,
  b: usize,
  binStride: usize,
  bins: i32,
  outA: usize,
  outB: usize,
  cellsA: i32,
  cellsB: i32,
): void {
  decodePair(a, b, binStride, 4, bins, outA, outB, cellsA, cellsB, true);
}

function decodeInterleaved(
  a: usize,
  b: usize,
  binStride: usize,
  cellStride: usize,
  bins: i32,
  outA: usize,
  outB: usize,
  cellsA: i32,
  cellsB: i32,
): void {
  decodePair(a, b, binStride, cellStride, bins, outA, outB, cellsA, cellsB, false);
}

function decodeTwo(
  a: usize,
  b: usize,
  binStride: usize,
  cellStride: usize,
  bins: i32,
  outA: usize,
  outB: usize,
  cellsA: i32,
  cellsB: i32,
): void {
  if (cellStride == 4) {
    decodePlanar(a, b, binStride, bins, outA, outB, cellsA, cellsB);
  } else if (binStride == 4 && (bins & 3) == 0) {
    decodeQuads(a, cellStride, bins, outA, cellsA);
    decodeQuads(b, cellStride, bins, outB, cellsB);
  } else {
    decodeInterleaved(a, b, binStride, cellStride, bins, outA, outB, cellsA, cellsB);
  }
}

/** Parameters of `decode`. */
@unmanaged
export class DecodeParams {
  /**
   * f32, bin j of cell i of side s at s·bins·binStride + j·binStride + i·cellStride (bytes); readable for 3 cells
   * more.
   */
  logits: usize;
  binStride: usize;
  cellStride: usize;
  bins: i32;
  /** Number of sides that follow each other, at most 4. */
  sides: i32;
  cells: i32;
  /** u8 [cells], 1 at candidates; readable for 3 cells more. */
  cover: usize;
  /** f32 [sides, cells] → grid units. */
  distances: usize;
}

/**
 * Distances of one level's candidates, in groups of four neighbouring cells; groups without a candidate are
 * skipped. Source: Li et al., arXiv:2006.04388, eq. 4.
 */
export function decode(p: DecodeParams): void {
  const binStride = p.binStride;
  const cellStride = p.cellStride;
  const bins = p.bins;
  const cells = p.cells;
  const cover = p.cover;
  let logits = p.logits;
  let distances = p.distances;
  // Group that waits for a second one, because two are decoded together; a last single one is decoded with itself.
  let waiting: usize = 0;
  let waitingOut: usize = 0;
  let waitingCells = 0;
  for (let side = 0; side < p.sides; side++) {
    for (let i = 0; i < cells; i += 4) {
      if (load<u32>(cover + i) == 0) continue;
      const first = logits + <usize>i * cellStride;
      const out = distances + (<usize>i << 2);
      if (waiting == 0) {
        waiting = first;
        waitingOut = out;
        waitingCells = cells - i;
      } else {
        decodeTwo(waiting, first, binStride, cellStride, bins, waitingOut, out, waitingCells, cells - i);
        waiting = 0;
      }
    }
    logits += <usize>bins * binStride;
    distances += <usize>cells << 2;
  }
  if (waiting == 0) return;
  decodeTwo(waiting, waiting, binStride, cellStride, bins, waitingOut, waitingOut, waitingCells, waitingCells);
}

/** Bytes of the output of `expectationsWide` for one side: exponentials, their sum, the largest logit. */
// @ts-ignore: decorator
@inline
export function softmaxBytes(bins: i32): usize {
  return <usize>(bins + 2) << 4;
}

/**
 * Softmax expectations of two positives' bin index on two sides, in float64. Bins are added from the last one down:
 * Σ j·e_j is the sum of the partial sums. Two sides, because the latency of one would bound the loop.
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
