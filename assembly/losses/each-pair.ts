import { loadWide, storeNarrow, sumWide } from '../lib/f64x2';

/** Parameters of an elementwise loss. Each loss reads the fields it needs. */
@unmanaged
export class ElementwiseParams {
  /** f32 [count], readable for one float more. */
  input: usize;
  /** f32 [count], readable for one float more; constant for the gradient. */
  target: usize;
  count: i32;
  /** f32 [count] → scale · ∂value/∂input. */
  grad: usize;
  /** f32 [count] → values, or 0 if they are not wanted. */
  values: usize;
  /** Factor of the gradient. */
  scale: f64;
  /** `ELEMENTWISE_SCRATCH_BYTES` bytes. */
  scratch: usize;
  /** `bceWithLogits`: f64 [count] factors of the loss, readable for one more; 0: all are 1. */
  weight: usize;
  /** `bceWithLogits`: f64 [count] factors of the positive part, readable for one more; 0: all are 1. */
  posWeight: usize;
  /** `focal` and `varifocal`: weight α. */
  alpha: f64;
  /** `focal` and `varifocal`: γ. `qualityFocal`: β. */
  power: f64;
  /** Part of `power` that is multiplied out. */
  wholePower: i32;
  /** Part of `power` that goes through a logarithm: power − wholePower, at least 0. */
  restPower: f64;
  /** `huber`: difference δ at which the parabola becomes a line. */
  delta: f64;
  /** `huber`: factor of value and gradient. */
  factor: f64;
}

/** The gradients of two elements: those of the last one of an odd number are written here first. */
export const ELEMENTWISE_SCRATCH_BYTES: usize = 2 * sizeof<f32>();

/**
 * Computes an elementwise loss in float64, two elements at a time.
 *
 * `T` extends the parameters by a method `pair(x, t, at, grad)`. It returns the values of two elements, which lie `at` bytes
 * from the first one, and writes their gradients, times `scale`, to two floats at `grad`. The compiler inlines it.
 *
 * @returns the sum of the values
 */
// @ts-ignore: decorator
@inline
export function eachPair<T>(p: ElementwiseParams): f64 {
  const loss = changetype<T>(changetype<usize>(p));
  const input = p.input;
  const target = p.target;
  const grad = p.grad;
  const values = p.values;
  const scratch = p.scratch;
  const bytes = <usize>p.count << 2;
  // The latency of an addition would bound the loop, so two sums take turns
  let sum = f64x2.splat(0);
  let other = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 8) {
    const isPair = at + 4 < bytes;
    let pair = loss.pair(loadWide(input + at), loadWide(target + at), at, isPair ? grad + at : scratch);
    if (!isPair) {
      // The second lane lies behind the last element
      pair = f64x2.replace_lane(pair, 1, 0);
      store<f32>(grad + at, load<f32>(scratch));
    }
    if (values) {
      if (isPair) storeNarrow(values + at, pair);
      else store<f32>(values + at, <f32>f64x2.extract_lane(pair, 0));
    }
    const next = f64x2.add(other, pair);
    other = sum;
    sum = next;
  }
  return sumWide(f64x2.add(sum, other));
}
