import { ClassTargetKind } from '../generated/kinds';
import { expWide, loadWidePair, log1pWide, maxWide, minWide, storeNarrowPair, sumWide } from '../lib/f64x2';
import { rowAt, settlePair } from './rows';

/** Parameters of `crossEntropy`. */
@unmanaged
export class CrossEntropyParams {
  /** f32 [outer, classes, inner], logits; the first and the last axis are the rows. */
  input: usize;
  /**
   * Targets q. INDICES: i32 [outer, inner], q is 1 at this class and 0 elsewhere, or −1 for a row without loss and gradient.
   * PROBABILITIES: f32, laid out as `input`. BINS: f32 [outer, inner], clamped to [0, classes − 1.01]; q is the nearness to
   * each of the two bins around it, as in distribution focal loss.
   */
  target: usize;
  kind: ClassTargetKind;
  /** f32, laid out as `input` → scale · gradient. */
  grad: usize;
  /** f32 [outer, inner] → values, or 0 if they are not wanted. */
  values: usize;
  outer: i32;
  classes: i32;
  inner: i32;
  /** Bytes from one class to the next in tensors laid out as `input`. */
  pitch: usize;
  /** f64 [classes]. */
  weights: usize;
  /** Factor of q. */
  hot: f64;
  /** Added to hot · q. */
  spread: f64;
  scale: f64;
  /** classes · `CROSS_ENTROPY_CLASS_BYTES` bytes. */
  scratch: usize;
}

/** Scratch memory of a class: the exponentials, and the weighted targets, of two rows. */
export const CROSS_ENTROPY_CLASS_BYTES: usize = 2 * 16;

/** Distance in bins by which a target stays below the last bin. */
const MARGIN: f64 = 0.01;

/** Target q of class c in two rows, whose targets are at `target0` and `target1`. */
// @ts-ignore: decorator
@inline
function targetOf(kind: ClassTargetKind, target0: usize, target1: usize, c: i32, classes: i32): v128 {
  const one = f64x2.splat(1);
  if (kind == ClassTargetKind.PROBABILITIES) return loadWidePair(target0, target1);
  if (kind == ClassTargetKind.INDICES) {
    const isOwn = f64x2.eq(indicesAt(target0, target1), f64x2.splat(<f64>c));
    return v128.and(isOwn, one);
  }
  const bins = maxWide(loadWidePair(target0, target1), f64x2.splat(0));
  const clamped = minWide(bins, f64x2.splat(<f64>(classes - 1) - MARGIN));
  const apart = f64x2.abs(f64x2.sub(clamped, f64x2.splat(<f64>c)));
  return maxWide(f64x2.sub(one, apart), f64x2.splat(0));
}

// @ts-ignore: decorator
@inline
function indicesAt(target0: usize, target1: usize): v128 {
  return f64x2(<f64>load<i32>(target0), <f64>load<i32>(target1));
}

/** Cross-entropy of rows k and `last`; writes their gradients. */
function pairEntropy(p: CrossEntropyParams, k: i32, last: i32): v128 {
  const kind = p.kind;
  const classes = p.classes;
  const pitch = p.pitch;
  const weights = p.weights;
  const hot = f64x2.splat(p.hot);
  const spread = f64x2.splat(p.spread);
  const x0 = rowAt(p.input, k, classes, p.inner, pitch);
  const x1 = rowAt(p.input, last, classes, p.inner, pitch);
  const toGrad = p.grad - p.input;
  const isDense = kind == ClassTargetKind.PROBABILITIES;
  const target0 = isDense ? x0 + (p.target - p.input) : p.target + (<usize>k << 2);
  const target1 = isDense ? x1 + (p.target - p.input) : p.target + (<usize>last << 2);
  const step = isDense ? pitch : 0;
  const exponentials = p.scratch;
  const weighted = exponentials + (<usize>classes << 4);
  const one = f64x2.splat(1);
  let largest = loadWidePair(x0, x1);
  let first = f64x2.splat(0);
  let total = f64x2.splat(0);
  for (let c = 0; c < classes; c++) {
    const at = <usize>c * pitch;
    const x = loadWidePair(x0 + at, x1 + at);
    const isLarger = f64x2.gt(x, largest);
    largest = v128.bitselect(x, largest, isLarger);
    first = v128.bitselect(f64x2.splat(<f64>c), first, isLarger);
    const q = targetOf(kind, target0 + <usize>c * step, target1 + <usize>c * step, c, classes);
    const smooth = f64x2.add(f64x2.mul(q, hot), spread);
    const weight = f64x2.mul(smooth, v128.load64_splat(weights + (<usize>c << 3)));
    v128.store(weighted + (<usize>c << 4), weight);
    total = f64x2.add(total, weight);
  }
  // The sum without the largest logit, so that 1 − p keeps its digits for a class that is almost certain
  let others = f64x2.splat(0);
  for (let c = 0; c < classes; c++) {
    const at = <usize>c * pitch;
    const e = expWide(f64x2.sub(loadWidePair(x0 + at, x1 + at), largest));
    v128.store(exponentials + (<usize>c << 4), e);
    others = f64x2.add(others, v128.andnot(e, f64x2.eq(first, f64x2.splat(<f64>c))));
  }
  const scale = f64x2.splat(p.scale);
  const inverse = f64x2.div(one, f64x2.add(one, others));
  const logSum = log1pWide(others);
  let counts = f64x2.eq(one, one);
  if (kind == ClassTargetKind.INDICES) counts = f64x2.ge(indicesAt(target0, target1), f64x2.splat(0));
  let value = f64x2.splat(0);
  for (let c = 0; c < classes; c++) {
    const at = <usize>c * pitch;
    const weight = v128.load(weighted + (<usize>c << 4));
    const p = f64x2.mul(v128.load(exponentials + (<usize>c << 4)), inverse);
    const isFirst = f64x2.eq(first, f64x2.splat(<f64>c));
    const rest = v128.bitselect(f64x2.mul(others, inverse), f64x2.sub(one, p), isFirst);
    const behind = f64x2.add(f64x2.sub(largest, loadWidePair(x0 + at, x1 + at)), logSum);
    // An infinite logit of a class with weight 0 does not count
    const isWeighed = f64x2.ne(weight, f64x2.splat(0));
    value = f64x2.add(value, v128.and(f64x2.mul(weight, behind), isWeighed));
    const gradient = f64x2.sub(f64x2.mul(p, f64x2.sub(total, weight)), f64x2.mul(weight, rest));
    const scaled = v128.and(f64x2.mul(gradient, scale), counts);
    storeNarrowPair(x0 + at + toGrad, x1 + at + toGrad, scaled);
  }
  return v128.and(value, counts);
}

/**
 * Softmax cross-entropy −Σ weight · (hot · q + spread) · log p over the classes of every row.
 *
 * @returns the sum of the values
 * Sources: PyTorch, cross_entropy; Li et al., arXiv:2006.04388, eq. 6.
 */
export function crossEntropy(p: CrossEntropyParams): f64 {
  const count = p.outer * p.inner;
  const values = p.values;
  let total = f64x2.splat(0);
  for (let k = 0; k < count; k += 2) {
    const value = pairEntropy(p, k, min(k + 1, count - 1));
    total = f64x2.add(total, settlePair(value, values, k, count));
  }
  return sumWide(total);
}
