import { expWide, loadWidePair, log1pWide, maxWide, minWide, storeNarrowPair, sumWide } from '../lib/f64x2';
import { settlePair, vectorAt } from './rows';

/** What `targets` are, in the order the host passes it. */
const INDICES: i32 = 0;
const PROBABILITIES: i32 = 1;
const BINS: i32 = 2;

/** How far a target in bins stays below the last one. */
const MARGIN: f64 = 0.01;

/** Share of class c in the targets of two rows, at `target0` and `target1`. */
// @ts-ignore: decorator
@inline
function shareOf(kind: i32, target0: usize, target1: usize, c: i32, classes: i32): v128 {
  const one = f64x2.splat(1);
  if (kind == PROBABILITIES) return loadWidePair(target0, target1);
  if (kind == INDICES) {
    const isOwn = f64x2.eq(indicesAt(target0, target1), f64x2.splat(<f64>c));
    return v128.and(isOwn, one);
  }
  const bins = maxWide(loadWidePair(target0, target1), f64x2.splat(0));
  const goal = minWide(bins, f64x2.splat(<f64>(classes - 1) - MARGIN));
  const apart = f64x2.abs(f64x2.sub(goal, f64x2.splat(<f64>c)));
  return maxWide(f64x2.sub(one, apart), f64x2.splat(0));
}

// @ts-ignore: decorator
@inline
function indicesAt(target0: usize, target1: usize): v128 {
  return f64x2(<f64>load<i32>(target0), <f64>load<i32>(target1));
}

/**
 * Cross-entropy of two rows; writes its gradient.
 *
 * @param x0 x1 addresses of the rows' first logits
 * @param slopes bytes from a logit to its gradient
 * @param step bytes from a class to the next in `target0`, `target1`
 */
function pairEntropy(
  kind: i32,
  x0: usize,
  x1: usize,
  target0: usize,
  target1: usize,
  step: usize,
  slopes: usize,
  classes: i32,
  pitch: usize,
  weights: usize,
  parameters: usize,
  scratch: usize,
): v128 {
  const one = f64x2.splat(1);
  const exponentials = scratch;
  const shares = scratch + (<usize>classes << 4);
  let largest = loadWidePair(x0, x1);
  let first = f64x2.splat(0);
  let total = f64x2.splat(0);
  for (let c = 0; c < classes; c++) {
    const at = <usize>c * pitch;
    const x = loadWidePair(x0 + at, x1 + at);
    const isLarger = f64x2.gt(x, largest);
    largest = v128.bitselect(x, largest, isLarger);
    first = v128.bitselect(f64x2.splat(<f64>c), first, isLarger);
    const share = shareOf(kind, target0 + <usize>c * step, target1 + <usize>c * step, c, classes);
    const smooth = f64x2.add(f64x2.mul(share, v128.load(parameters, 16)), v128.load(parameters, 32));
    const weight = f64x2.mul(smooth, v128.load64_splat(weights + (<usize>c << 3)));
    v128.store(shares + (<usize>c << 4), weight);
    total = f64x2.add(total, weight);
  }
  // What the largest logit leaves to the others: 1 − p of a class that is all but certain keeps its digits
  let others = f64x2.splat(0);
  for (let c = 0; c < classes; c++) {
    const at = <usize>c * pitch;
    const e = expWide(f64x2.sub(loadWidePair(x0 + at, x1 + at), largest));
    v128.store(exponentials + (<usize>c << 4), e);
    others = f64x2.add(others, v128.andnot(e, f64x2.eq(first, f64x2.splat(<f64>c))));
  }
  const scale = v128.load(parameters);
  const inverse = f64x2.div(one, f64x2.add(one, others));
  const logSum = log1pWide(others);
  let counts = f64x2.eq(one, one);
  if (kind == INDICES) counts = f64x2.ge(indicesAt(target0, target1), f64x2.splat(0));
  let value = f64x2.splat(0);
  for (let c = 0; c < classes; c++) {
    const at = <usize>c * pitch;
    const weight = v128.load(shares + (<usize>c << 4));
    const p = f64x2.mul(v128.load(exponentials + (<usize>c << 4)), inverse);
    const isFirst = f64x2.eq(first, f64x2.splat(<f64>c));
    const rest = v128.bitselect(f64x2.mul(others, inverse), f64x2.sub(one, p), isFirst);
    const behind = f64x2.add(f64x2.sub(largest, loadWidePair(x0 + at, x1 + at)), logSum);
    // An infinite logit of a class of weight 0 does not count
    const isWeighed = f64x2.ne(weight, f64x2.splat(0));
    value = f64x2.add(value, v128.and(f64x2.mul(weight, behind), isWeighed));
    const slope = f64x2.sub(f64x2.mul(p, f64x2.sub(total, weight)), f64x2.mul(weight, rest));
    const scaled = v128.and(f64x2.mul(slope, scale), counts);
    storeNarrowPair(x0 + at + slopes, x1 + at + slopes, scaled);
  }
  return v128.and(value, counts);
}

/**
 * Softmax cross-entropy −Σ weight · (hot · q + spread) · log p over the classes, of every row.
 *
 * @param input f32 [outer, C, inner], logits; a row is what shares outer and inner
 * @param pitch bytes from one class to the next
 * @param grad f32, as `input` → scale · gradient
 * @param values f32 [outer, inner] → values; 0: they are not wanted
 * @param kind INDICES: q is 1 at the target i32 [outer, inner], 0 elsewhere; a row of target −1 has neither loss nor
 *   gradient. PROBABILITIES: q is the target f32, as `input`. BINS: the target f32 [outer, inner] is a number of bins,
 *   held to [0, C − 1.01], and q the nearness of the two bins around it: distribution focal loss.
 * @param weights f64 [C]
 * @param parameters f64 [3, 2], each number twice: scale, hot, spread
 * @param scratch 32·C bytes
 * @returns the sum of the values
 * Sources: PyTorch, cross_entropy; Li et al., arXiv:2006.04388, eq. 6.
 */
export function crossEntropy(
  input: usize,
  target: usize,
  grad: usize,
  values: usize,
  outer: i32,
  classes: i32,
  inner: i32,
  pitch: usize,
  kind: i32,
  weights: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  const count = outer * inner;
  const slopes = grad - input;
  let total = f64x2.splat(0);
  for (let k = 0; k < count; k += 2) {
    const last = min(k + 1, count - 1);
    const x0 = vectorAt(input, k, classes, inner, pitch);
    const x1 = vectorAt(input, last, classes, inner, pitch);
    const isDense = kind == PROBABILITIES;
    const target0 = isDense ? x0 + (target - input) : target + (<usize>k << 2);
    const target1 = isDense ? x1 + (target - input) : target + (<usize>last << 2);
    const step = isDense ? pitch : 0;
    const value = pairEntropy(
      kind,
      x0,
      x1,
      target0,
      target1,
      step,
      slopes,
      classes,
      pitch,
      weights,
      parameters,
      scratch,
    );
    total = f64x2.add(total, settlePair(value, values, k, count));
  }
  return sumWide(total);
}
