// Bilinear resizing: a pixel is the weighted mean of two on each axis, beside its place among the pixels before resizing.

/** Place of pixel i with aligned edges: (i + ½) · from/to − ½, at least 0. */
// @ts-ignore: decorator
@inline
export function sourceOf(i: i32, from: i32, to: i32): f64 {
  return Math.max(0, ((<f64>i + 0.5) * <f64>from) / <f64>to - 0.5);
}

/** Place of pixel i with aligned corners: the first pixels coincide, and so do the last ones. */
// @ts-ignore: decorator
@inline
export function cornerSourceOf(i: i32, from: i32, to: i32): f64 {
  return to > 1 ? (<f64>i * <f64>(from - 1)) / <f64>(to - 1) : 0;
}

/** The first of the two pixels. */
// @ts-ignore: decorator
@inline
export function firstTap(source: f64, from: i32): i32 {
  return min(<i32>source, from - 1);
}

/** Weight of the second pixel, which is 0 if there is none. */
// @ts-ignore: decorator
@inline
export function secondShare(source: f64, first: i32, from: i32): f64 {
  return first + 1 < from ? source - <f64>first : 0;
}

/** Resizes a row f32 [from] to f32 [to]. */
export function widenRow(row: usize, from: i32, wide: usize, to: i32): void {
  for (let x = 0; x < to; x++) {
    const source = sourceOf(x, from, to);
    const first = firstTap(source, from);
    const share = secondShare(source, first, from);
    const left = <f64>load<f32>(row + (<usize>first << 2));
    const right = <f64>load<f32>(row + (<usize>min(first + 1, from - 1) << 2));
    store<f32>(wide + (<usize>x << 2), <f32>(left * (1 - share) + right * share));
  }
}

/**
 * Gradient of `widenRow`.
 *
 * @param wide f32 [to], gradient with respect to the resized row
 * @param row f32 [from] → gradient with respect to the row
 * @param sums f64 [from], overwritten
 */
export function narrowRow(wide: usize, to: i32, row: usize, from: i32, sums: usize): void {
  memory.fill(sums, 0, <usize>from << 3);
  for (let x = 0; x < to; x++) {
    const source = sourceOf(x, from, to);
    const first = firstTap(source, from);
    const share = secondShare(source, first, from);
    const slope = <f64>load<f32>(wide + (<usize>x << 2));
    const left = sums + (<usize>first << 3);
    store<f64>(left, load<f64>(left) + slope * (1 - share));
    const right = sums + (<usize>min(first + 1, from - 1) << 3);
    store<f64>(right, load<f64>(right) + slope * share);
  }
  for (let x = 0; x < from; x++) {
    store<f32>(row + (<usize>x << 2), <f32>load<f64>(sums + (<usize>x << 3)));
  }
}
