import type { Tensor } from '../types.ts';
import type { Size } from './mask-targets.ts';

/** An input element that an output element reads, with its weight. */
type Tap = [index: number, weight: number];

/** Rule by which an axis is sampled: pixels lie at their centres, or the first and last ones of both sizes coincide. */
export interface ResizeOptions {
  alignCorners?: boolean;
}

/**
 * Resizes planes bilinearly, with two taps an axis, also when they shrink.
 *
 * source = (i + ½) · in/out − ½, at least 0; with `alignCorners` i · (in − 1)/(out − 1).
 *
 * @param input [..., h, w]
 * @returns the same leading axes, and the new size
 * Source: PyTorch, interpolate
 */
export function resize(
  { data, shape }: Tensor<ArrayLike<number>>,
  size: Size,
  options: ResizeOptions = {},
): Tensor<Float64Array> {
  const out = new Float64Array(planesOf(shape) * size.height * size.width);
  forEachTap(shape, size, options, (from, to, weight) => {
    out[to] += weight * data[from];
  });
  return { data: out, shape: [...shape.slice(0, -2), size.height, size.width] };
}

/**
 * Backpropagates a gradient with respect to resized planes.
 *
 * @param grad of the planes of `size`, flat
 * @param shape of the planes before they were resized
 * @returns gradient with respect to those, flat
 */
export function resizeGrad(
  grad: ArrayLike<number>,
  shape: readonly number[],
  size: Size,
  options: ResizeOptions = {},
): Float64Array {
  const out = new Float64Array(shape.reduce((product, n) => product * n, 1));
  forEachTap(shape, size, options, (from, to, weight) => {
    out[from] += weight * grad[to];
  });
  return out;
}

function planesOf(shape: readonly number[]): number {
  return shape.slice(0, -2).reduce((product, n) => product * n, 1);
}

/** Visits all pairs of an input element and an output element that reads it, by flat indices. */
function forEachTap(
  shape: readonly number[],
  { height, width }: Size,
  options: ResizeOptions,
  visit: (from: number, to: number, weight: number) => void,
): void {
  const [inHeight, inWidth] = shape.slice(-2);
  const rows = taps(inHeight, height, options);
  const columns = taps(inWidth, width, options);
  for (let plane = 0; plane < planesOf(shape); plane++) {
    rows.forEach((rowTaps, row) => {
      columns.forEach((columnTaps, column) => {
        const to = (plane * height + row) * width + column;
        for (const [y, byRow] of rowTaps) {
          for (const [x, byColumn] of columnTaps) {
            visit((plane * inHeight + y) * inWidth + x, to, byRow * byColumn);
          }
        }
      });
    });
  }
}

/** Taps of every output element along an axis. */
function taps(from: number, to: number, { alignCorners = false }: ResizeOptions): Tap[][] {
  return Array.from({ length: to }, (_, i) => {
    const cornered = to > 1 ? (i * (from - 1)) / (to - 1) : 0;
    const source = alignCorners ? cornered : Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const first = Math.min(Math.floor(source), from - 1);
    const second = Math.min(first + 1, from - 1);
    const share = second === first ? 0 : source - first;
    return [
      [first, 1 - share],
      [second, share],
    ];
  });
}
