import { loadWide, storeNarrow, sumWide } from '../lib/f64x2';

/**
 * A loss of every element by itself, in float64, two elements at a time.
 *
 * `T` is a class without state, whose method `pair(x, t, at, parameters, slopes)` is that loss of two elements, `at`
 * bytes from the first: it gives their values and writes scale · derivative to two floats at `slopes`. Its calls are
 * resolved and inlined when the kernel is compiled.
 *
 * @param input target f32 [n], readable for a float more
 * @param grad f32 [n] → scale · derivative
 * @param values f32 [n] → values; 0: they are not wanted
 * @param parameters f64 [k, 2], each number twice, so that it is loaded as a vector: the scale of the derivative, then
 *   those of the loss
 * @param scratch 8 bytes
 * @returns the sum of the values
 */
// @ts-ignore: decorator
@inline
export function eachPair<T>(
  input: usize,
  target: usize,
  count: i32,
  grad: usize,
  values: usize,
  parameters: usize,
  scratch: usize,
): f64 {
  const loss = changetype<T>(0);
  const bytes = <usize>count << 2;
  // Two sums that take turns, because the latency of one addition would bound the loop
  let sum = f64x2.splat(0);
  let other = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 8) {
    const isPair = at + 4 < bytes;
    const slopes = isPair ? grad + at : scratch;
    let pair = loss.pair(loadWide(input + at), loadWide(target + at), at, parameters, slopes);
    if (!isPair) {
      // What is behind an odd number of elements is not one
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
