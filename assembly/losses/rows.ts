import { storeNarrow } from '../lib/f64x2';

// Losses of vectors along an axis work on two of them at a time, one a lane; the last of an odd number is in both.

/** Address of vector k's first element in [outer, length, inner], `pitch` bytes from one element to the next. */
// @ts-ignore: decorator
@inline
export function vectorAt(data: usize, k: i32, length: i32, inner: i32, pitch: usize): usize {
  const outer = k / inner;
  return data + <usize>outer * <usize>length * pitch + (<usize>(k - outer * inner) << 2);
}

/** Value of vectors k and, where there is one, k + 1, stored unless `values` is 0; without what is none. */
// @ts-ignore: decorator
@inline
export function settlePair(lanes: v128, values: usize, k: i32, count: i32): v128 {
  const isPair = k + 1 < count;
  const at = values + (<usize>k << 2);
  if (values) {
    if (isPair) storeNarrow(at, lanes);
    else store<f32>(at, <f32>f64x2.extract_lane(lanes, 0));
  }
  return isPair ? lanes : f64x2.replace_lane(lanes, 1, 0);
}
