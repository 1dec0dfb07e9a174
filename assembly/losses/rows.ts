import { storeNarrow } from '../lib/f64x2';

// Losses of rows along an axis work on two rows at a time, one in each lane. The last row of an odd number is in both lanes.

/** Address of the first element of row k in [outer, length, inner], whose elements are `pitch` bytes apart along the axis. */
// @ts-ignore: decorator
@inline
export function rowAt(data: usize, k: i32, length: i32, inner: i32, pitch: usize): usize {
  const outer = k / inner;
  return data + <usize>outer * <usize>length * pitch + (<usize>(k - outer * inner) << 2);
}

/**
 * Stores the values of rows k and k + 1 unless `values` is 0. Returns them, with 0 in the second lane where row k is the last
 * of `count`.
 */
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
