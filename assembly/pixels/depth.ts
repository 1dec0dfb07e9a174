import { logAnyWide, maxWide } from '../lib/f64x2';
import { depthLevels, lengthOf, MOST_LEVELS } from './depth-levels';
import { cornerSourceOf, firstTap, secondShare } from './resize';

/** Depths of one image. */
@unmanaged
export class DepthParams {
  /** f32 [inHeight, inWidth], predicted depths in metres. */
  input: usize;
  inHeight: i32;
  inWidth: i32;
  height: i32;
  width: i32;
  /** f64 [height, width], true depths in metres, readable for one more; one that is not above 0.001 does not count. */
  truth: usize;
  /** f64 [height, width] and one more → resized predictions. */
  predicted: usize;
  /** f64 of all levels → log predicted − log true, level behind level; 0 where nothing counts. */
  errors: usize;
  /** u8 of all levels → 1 where errors count. */
  valid: usize;
}

/** Parameters of `depthSums`. */
@unmanaged
export class DepthSumsParams extends DepthParams {
  /** f64 [3 + 2 · 4]: number of errors, mean, Σ(error − mean)², then Σ|difference| along x and along y on each level. */
  sums: usize;
}

/** Parameters of `depthGrad`. */
@unmanaged
export class DepthGradParams extends DepthParams {
  /** An error's derivative is slope · (error − centre), plus that of the differences. */
  slope: f64;
  centre: f64;
  /** f64 [2 · 4], factors of Σ|difference| along x and along y on each level. */
  factors: usize;
  /** f64 of all levels, overwritten; it may begin at `truth`. */
  slopes: usize;
  /** f64 [inHeight, inWidth], overwritten. */
  narrow: usize;
  /** f32 [inHeight, inWidth] → gradient with respect to `input`. */
  grad: usize;
}

/** Least depth in metres: of a true depth that counts, and of a prediction in the logarithm. */
const NEAREST: f64 = 0.001;

// @ts-ignore: decorator
@inline
function doubleAt(base: usize, i: i32): f64 {
  return load<f64>(base + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function putDouble(base: usize, i: i32, value: f64): void {
  store<f64>(base + (<usize>i << 3), value);
}

// @ts-ignore: decorator
@inline
function addDouble(base: usize, i: i32, value: f64): void {
  putDouble(base, i, doubleAt(base, i) + value);
}

// @ts-ignore: decorator
@inline
function depthAt(p: DepthParams, row: i32, column: i32): f64 {
  return <f64>load<f32>(p.input + (<usize>(row * p.inWidth + column) << 2));
}

/** Resizes the predictions bilinearly, corner to corner. */
function resizeDepths(p: DepthParams): void {
  for (let y = 0; y < p.height; y++) {
    const sourceY = cornerSourceOf(y, p.inHeight, p.height);
    const top = firstTap(sourceY, p.inHeight);
    const below = min(top + 1, p.inHeight - 1);
    const lower = secondShare(sourceY, top, p.inHeight);
    for (let x = 0; x < p.width; x++) {
      const sourceX = cornerSourceOf(x, p.inWidth, p.width);
      const left = firstTap(sourceX, p.inWidth);
      const beside = min(left + 1, p.inWidth - 1);
      const right = secondShare(sourceX, left, p.inWidth);
      const upperRow = depthAt(p, top, left) * (1 - right) + depthAt(p, top, beside) * right;
      const lowerRow = depthAt(p, below, left) * (1 - right) + depthAt(p, below, beside) * right;
      putDouble(p.predicted, y * p.width + x, upperRow * (1 - lower) + lowerRow * lower);
    }
  }
}

/** Writes predictions, errors of all levels and whether these count. Returns the number of levels. */
function fillErrors(p: DepthParams): i32 {
  resizeDepths(p);
  const area = p.height * p.width;
  const nearest = f64x2.splat(NEAREST);
  const one = f64x2.splat(1);
  for (let i = 0; i < area; i += 2) {
    const at = <usize>i << 3;
    const truth = v128.load(p.truth + at);
    const counts = f64x2.gt(truth, nearest);
    const ratio = f64x2.div(maxWide(v128.load(p.predicted + at), nearest), v128.bitselect(truth, one, counts));
    v128.store(p.errors + at, v128.and(logAnyWide(ratio), counts));
    store<u8>(p.valid + <usize>i, <u8>(i64x2.extract_lane(counts, 0) & 1));
    store<u8>(p.valid + <usize>i + 1, <u8>(i64x2.extract_lane(counts, 1) & 1));
  }
  return depthLevels(p.errors, p.valid, p.height, p.width);
}

/** Σ|difference| of neighbours that both count, `step` apart. */
function sumDifferences(errors: usize, valid: usize, rows: i32, columns: i32, width: i32, step: i32): f64 {
  let sum: f64 = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const i = y * width + x;
      if (!(load<u8>(valid + <usize>i) & load<u8>(valid + <usize>(i + step)))) continue;
      sum += Math.abs(doubleAt(errors, i + step) - doubleAt(errors, i));
    }
  }
  return sum;
}

/** Adds the gradient of factor · `sumDifferences` to `slopes`. */
function addDifferenceSlopes(
  errors: usize,
  valid: usize,
  slopes: usize,
  rows: i32,
  columns: i32,
  width: i32,
  step: i32,
  factor: f64,
): void {
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const i = y * width + x;
      if (!(load<u8>(valid + <usize>i) & load<u8>(valid + <usize>(i + step)))) continue;
      const difference = doubleAt(errors, i + step) - doubleAt(errors, i);
      const slope = difference == 0 ? 0 : factor * (difference / Math.abs(difference));
      addDouble(slopes, i + step, slope);
      addDouble(slopes, i, -slope);
    }
  }
}

/** Sums of one image's errors, from which the depth loss follows. */
export function depthSums(p: DepthSumsParams): void {
  const levels = fillErrors(p);
  const area = p.height * p.width;
  let count: f64 = 0;
  let sum: f64 = 0;
  for (let i = 0; i < area; i++) {
    count += <f64>load<u8>(p.valid + <usize>i);
    sum += doubleAt(p.errors, i);
  }
  const mean = count > 0 ? sum / count : 0;
  let squares: f64 = 0;
  for (let i = 0; i < area; i++) {
    const apart = doubleAt(p.errors, i) - mean;
    if (load<u8>(p.valid + <usize>i)) squares += apart * apart;
  }
  putDouble(p.sums, 0, count);
  putDouble(p.sums, 1, mean);
  putDouble(p.sums, 2, squares);
  memory.fill(p.sums + 3 * 8, 0, 2 * MOST_LEVELS * 8);
  let errors = p.errors;
  let valid = p.valid;
  let height = p.height;
  let width = p.width;
  for (let level = 0; level < levels; level++) {
    putDouble(p.sums, 3 + 2 * level, sumDifferences(errors, valid, height, width - 1, width, 1));
    putDouble(p.sums, 4 + 2 * level, sumDifferences(errors, valid, height - 1, width, width, width));
    errors += lengthOf(height, width) << 3;
    valid += lengthOf(height, width);
    height >>= 1;
    width >>= 1;
  }
}

/** Writes the derivatives of the differences with respect to the first level's errors to `slopes`. */
function differenceSlopes(p: DepthGradParams, levels: i32): void {
  let errors = p.errors;
  let valid = p.valid;
  let slopes = p.slopes;
  // From the last level to the first: each passes on to the one before
  let level = levels - 1;
  for (let l = 0; l < level; l++) {
    const length = lengthOf(p.height >> l, p.width >> l);
    errors += length << 3;
    valid += length;
    slopes += length << 3;
  }
  memory.fill(slopes, 0, lengthOf(p.height >> level, p.width >> level) << 3);
  for (; ; level--) {
    const height = p.height >> level;
    const width = p.width >> level;
    const x = doubleAt(p.factors, 2 * level);
    const y = doubleAt(p.factors, 2 * level + 1);
    addDifferenceSlopes(errors, valid, slopes, height, width - 1, width, 1, x);
    addDifferenceSlopes(errors, valid, slopes, height - 1, width, width, width, y);
    if (level == 0) return;
    const length = lengthOf(p.height >> (level - 1), p.width >> (level - 1));
    const finer = slopes - (length << 3);
    valid -= length;
    errors -= length << 3;
    spreadSlopes(slopes, height, width, finer, valid, p.width >> (level - 1), length);
    slopes = finer;
  }
}

/** Writes the derivatives with respect to the four errors of each cell, of which those that count have equal shares. */
function spreadSlopes(
  slopes: usize,
  height: i32,
  width: i32,
  finer: usize,
  valid: usize,
  finerWidth: i32,
  length: usize,
): void {
  memory.fill(finer, 0, length << 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const first = 2 * (y * finerWidth + x);
      const at = valid + <usize>first;
      const below = at + <usize>finerWidth;
      const count = load<u8>(at) + load<u8>(at, 1) + load<u8>(below) + load<u8>(below, 1);
      if (count == 0) continue;
      const share = doubleAt(slopes, y * width + x) / <f64>count;
      if (load<u8>(at)) putDouble(finer, first, share);
      if (load<u8>(at, 1)) putDouble(finer, first + 1, share);
      if (load<u8>(below)) putDouble(finer, first + finerWidth, share);
      if (load<u8>(below, 1)) putDouble(finer, first + finerWidth + 1, share);
    }
  }
}

/** Gradient of the depth loss of one image. */
export function depthGrad(p: DepthGradParams): void {
  differenceSlopes(p, fillErrors(p));
  const narrow = p.narrow;
  const inWidth = p.inWidth;
  memory.fill(narrow, 0, lengthOf(p.inHeight, inWidth) << 3);
  for (let y = 0; y < p.height; y++) {
    const sourceY = cornerSourceOf(y, p.inHeight, p.height);
    const top = firstTap(sourceY, p.inHeight);
    const below = min(top + 1, p.inHeight - 1);
    const lower = secondShare(sourceY, top, p.inHeight);
    for (let x = 0; x < p.width; x++) {
      const i = y * p.width + x;
      const depth = doubleAt(p.predicted, i);
      if (!load<u8>(p.valid + <usize>i) || !(depth >= NEAREST)) continue;
      const byError = p.slope * (doubleAt(p.errors, i) - p.centre) + doubleAt(p.slopes, i);
      const slope = byError / depth;
      const sourceX = cornerSourceOf(x, inWidth, p.width);
      const left = firstTap(sourceX, inWidth);
      const beside = min(left + 1, inWidth - 1);
      const right = secondShare(sourceX, left, inWidth);
      addDouble(narrow, top * inWidth + left, slope * (1 - lower) * (1 - right));
      addDouble(narrow, top * inWidth + beside, slope * (1 - lower) * right);
      addDouble(narrow, below * inWidth + left, slope * lower * (1 - right));
      addDouble(narrow, below * inWidth + beside, slope * lower * right);
    }
  }
  const count = p.inHeight * inWidth;
  for (let i = 0; i < count; i++) store<f32>(p.grad + (<usize>i << 2), <f32>doubleAt(narrow, i));
}
